"""The simulator's saved state, read and edited: world grid, entities, level range.

Procgen's ``get_state`` returns the fields of a game one after the other, little-endian and four bytes
each, without names. The order below follows the serializers in ``procgen/src`` of openai/procgen 0.10.7
(``game.cpp``, ``basic-abstract-game.cpp``, ``entity.cpp``, ``grid.h``), which all 16 games share; what a
single game appends comes last and is kept as integers.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.errors import ILBenchError

if TYPE_CHECKING:
    from numpy.typing import NDArray

VERSION = 0
END = 0xCAFECAFE
WALL = 51
SPACE = 100
PLAYER = 0

ENTITY = np.dtype(
    [
        (name, "<f4" if kind == "f" else "<i4")
        for kind, names in (
            ("f", "x y vx vy rx ry"),
            ("i", "type image_type image_theme render_z will_erase collides_with_entities"),
            ("f", "collision_margin rotation vrot"),
            ("i", "is_reflected fire_time spawn_time life_time expire_time use_abs_coords"),
            ("f", "friction"),
            ("i", "smart_step avoids_collisions auto_erase"),
            ("f", "alpha health theta grow_rate alpha_decay climber_spawn_x"),
        )
        for name in names.split()
    ]
)
"""One entity. Positions and radii are in cells, from the lower left corner of the world."""

NUM_OPTIONS = 12  # paint_vel_info ... physics_mode, then grid_step, the level range, game_type, game_n
NUM_COUNTERS = 16  # reward, done, level_complete, ..., cur_time, is_waiting_for_step, grid_size
CURRENT_LEVEL = 5
CURRENT_TIME = 13
NUM_CAMERA = 19  # use_procgen_background ... step_rand_int
NUM_WORLD = 9  # main_width ... min_visibility


class StateFormatError(ILBenchError):
    """A saved state that is not laid out as procgen 0.10.7 lays it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GameState:
    """What a saved state says about the world.

    Attributes:
        game: Name of the game.
        level: The level's seed.
        time: Steps since the level began.
        grid: Cell codes, shape (height, width), int32; row 0 is the *bottom* row.
        entities: The moving things, dtype `ENTITY`.
        extra: What this game appends, int32; for maze the sizes of the maze and of the world.
    """

    game: str
    level: int
    time: int
    grid: NDArray[np.int32]
    entities: NDArray[np.void]
    extra: NDArray[np.int32]

    @property
    def agent_cell(self) -> tuple[int, int]:
        """The agent's cell as (row, column) of `grid`."""
        agent = self.entities[self.entities["type"] == PLAYER][-1]
        return int(agent["y"]), int(agent["x"])

    def cells(self, code: int) -> list[tuple[int, int]]:
        """Returns the cells with that code as (row, column), row by row from the bottom."""
        return [(int(row), int(column)) for row, column in np.argwhere(self.grid == code)]


def decode_state(blob: bytes) -> GameState:
    """Returns what a saved state says about the world.

    Raises:
        StateFormatError: It has another version, or does not end where it should.
    """
    reader = _Reader(blob)
    game = _read_game(reader)
    reader.skip(NUM_OPTIONS + 5)
    reader.skip_generator()
    reader.skip_generator()
    counters = reader.integers(NUM_COUNTERS)
    entities = reader.array(ENTITY, reader.integer())
    reader.skip(NUM_CAMERA)
    reader.skip_generator()
    reader.skip(NUM_WORLD)
    width, height, size = reader.integers(3)
    grid = reader.integers(size).reshape(height, width)
    extra = reader.integers((len(blob) - reader.offset) // 4 - 1)
    if reader.integer() & 0xFFFFFFFF != END:
        raise StateFormatError(f"the state of {game!r} does not end with the mark {END:#x} of procgen 0.10.7")
    return GameState(
        game=game,
        level=int(counters[CURRENT_LEVEL]),
        time=int(counters[CURRENT_TIME]),
        grid=grid,
        entities=entities,
        extra=extra,
    )


def read_agent(blob: bytes) -> tuple[np.void, int]:
    """Returns the agent's record, of dtype `ENTITY`, and the steps since the level began: quick to read."""
    reader = _Reader(blob)
    _read_game(reader)
    reader.skip(NUM_OPTIONS + 5)
    reader.skip_generator()
    reader.skip_generator()
    time = int(reader.integers(NUM_COUNTERS)[CURRENT_TIME])
    entities = reader.array(ENTITY, reader.integer())
    return entities[entities["type"] == PLAYER][-1], time


def read_tail(blob: bytes, places: tuple[int, ...]) -> list[int]:
    """Returns the numbers at places counted from the end, -1 being the end mark, as they are stored."""
    return [int.from_bytes(blob[len(blob) + 4 * place :][:4], "little") for place in places]


def with_level(blob: bytes, level: int) -> bytes:
    """Returns the state with a level range of `level` alone: the next level it draws is that one."""
    reader = _Reader(blob)
    _read_game(reader)
    reader.skip(NUM_OPTIONS + 1)
    return b"".join((blob[: reader.offset], struct.pack("<ii", level, level + 1), blob[reader.offset + 8 :]))


def _read_game(reader: _Reader) -> str:
    version = reader.integer()
    if version != VERSION:
        raise StateFormatError(f"expected a procgen state of version {VERSION}, found {version}")
    return reader.text()


class _Reader:
    """Reads a state from its beginning."""

    def __init__(self, blob: bytes) -> None:
        self.blob = blob
        self.offset = 0

    def integer(self) -> int:
        return int(self.integers(1)[0])

    def integers(self, count: int) -> NDArray[np.int32]:
        return self.array(np.dtype("<i4"), count)

    def array(self, dtype: np.dtype[Any], count: int) -> NDArray[Any]:
        end = self.offset + count * dtype.itemsize
        if count < 0 or end > len(self.blob):
            raise StateFormatError(f"a procgen state of {len(self.blob)} bytes ends before its byte {end}")
        values = np.frombuffer(self.blob, dtype, count, self.offset)
        self.offset = end
        return values

    def text(self) -> str:
        return self.array(np.dtype("u1"), self.integer()).tobytes().decode("ascii")

    def skip(self, count: int) -> None:
        self.offset += 4 * count

    def skip_generator(self) -> None:
        self.skip(1)
        self.text()
