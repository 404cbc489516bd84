"""How far it is to the goal from a state of a level, for the search."""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from ilbench.tasks.procgen.rules import Rules
from ilbench.tasks.procgen.state import SPACE, GameState, read_agent, read_tail

if TYPE_CHECKING:
    from numpy.typing import NDArray

DIAGONAL = math.sqrt(2.0)
FAR = 1e6
GOAL_IN_GRID = frozenset({"coinrun"})
DOOR = 1
KEY = 2

Estimate: TypeAlias = Callable[[bytes], float]
"""Of a state of a level: about how many steps are left to the goal."""


def make_estimate(state: GameState, rules: Rules) -> Estimate:
    """Returns the estimate for states of a level, of which this is one."""
    return _KeyedWay(state, rules) if state.game == "heist" else _Way(state, rules)


class _Way:
    """The way through open cells over the agent's speed.

    Args:
        state: Of the level; walls and goal stay.
        rules: Of the game.
    """

    def __init__(self, state: GameState, rules: Rules) -> None:
        goals = state.cells(rules.goal) if state.game in GOAL_IN_GRID else _cells_of(state, rules.goal)
        is_open = np.isin(state.grid, (SPACE, *rules.open))
        for kind in rules.solid:
            for cell in _cells_of(state, kind):
                is_open[cell] = False
        self._distances = distances_to(goals, is_open)
        self._speed = rules.speed

    def __call__(self, state: bytes) -> float:
        """Returns the estimate for a state of the level, in steps."""
        return way_left(self._distances, state) / self._speed


class _KeyedWay:
    """The way to the gem that fetches the keys of the doors it needs.

    Args:
        state: Of the level; doors that are open by now are gone from it.
        rules: Of the game.
    """

    def __init__(self, state: GameState, rules: Rules) -> None:
        self._speed = rules.speed
        self._num_keys = int(state.extra[0])
        goals = _cells_of(state, rules.goal)
        self._distances = keyed_distances(
            goals[:1], state.grid == SPACE, _by_color(state, DOOR), _by_color(state, KEY), self._num_keys
        )

    def __call__(self, state: bytes) -> float:
        """Returns the estimate for a state of the level, in steps."""
        held = read_tail(state, tuple(range(-1 - self._num_keys, -1)))
        keys = sum(bool(one) << color for color, one in enumerate(held))
        return way_left(self._distances[keys], state) / self._speed


def keyed_distances(
    goals: list[tuple[int, int]],
    is_open: NDArray[np.bool_],
    doors: Mapping[tuple[int, int], int],
    keys: Mapping[tuple[int, int], int],
    num_keys: int,
) -> NDArray[np.float64]:
    """Returns the moves to a goal, shape (2**num_keys, height, width), by the set of keys held.

    Args:
        goals: As (row, column).
        is_open: Cells that can be crossed, doors among them.
        doors: The color of each door.
        keys: The color of each key.
        num_keys: Colors there are; color c is bit c of a set.
    """
    distances = np.full((2**num_keys, *is_open.shape), FAR)
    queue = deque((held, goal) for goal in goals for held in range(2**num_keys))
    for held, goal in queue:
        distances[held][goal] = 0.0
    while queue:
        held, cell = queue.popleft()
        there = distances[held][cell] + 1.0
        for before in _held_before(held, keys.get(cell)):
            if cell in doors and not before >> doors[cell] & 1:
                continue
            for d_row, d_column in ((0, 1), (0, -1), (1, 0), (-1, 0)):
                origin = cell[0] + d_row, cell[1] + d_column
                inside = 0 <= origin[0] < is_open.shape[0] and 0 <= origin[1] < is_open.shape[1]
                if inside and is_open[origin] and there < distances[before][origin]:
                    distances[before][origin] = there
                    queue.append((before, origin))
    return distances


def _held_before(held: int, color: int | None) -> tuple[int, ...]:
    """Returns the sets of keys with which a cell is entered so that it is left with `held`."""
    if color is None:
        return (held,)
    return (held, held & ~(1 << color)) if held >> color & 1 else ()


def _by_color(state: GameState, kind: int) -> dict[tuple[int, int], int]:
    things = state.entities[state.entities["type"] == kind]
    return {(int(thing["y"]), int(thing["x"])): int(thing["image_theme"]) for thing in things}


def way_left(distances: NDArray[np.float64], state: bytes) -> float:
    """Returns the agent's way to the goal in cells: to the center of a cell around it, and on from there."""
    agent, _ = read_agent(state)
    x, y = float(agent["x"]), float(agent["y"])
    height, width = distances.shape
    best = FAR
    for row in (math.floor(y - 0.5), math.floor(y + 0.5)):
        for column in (math.floor(x - 0.5), math.floor(x + 0.5)):
            if 0 <= row < height and 0 <= column < width:
                aside = math.hypot(x - column - 0.5, y - row - 0.5)
                best = min(best, float(distances[row, column]) + aside)
    return best


def _cells_of(state: GameState, kind: int) -> list[tuple[int, int]]:
    """Returns the cells that entities of a type cover, as (row, column)."""
    cells = []
    height, width = state.grid.shape
    for thing in state.entities[state.entities["type"] == kind]:
        x, y, rx, ry = (float(thing[name]) for name in ("x", "y", "rx", "ry"))
        rows = range(max(math.floor(y - ry + 0.01), 0), min(math.ceil(y + ry - 0.01), height))
        columns = range(max(math.floor(x - rx + 0.01), 0), min(math.ceil(x + rx - 0.01), width))
        cells += [(row, column) for row in rows for column in columns]
    return cells


def distances_to(goals: list[tuple[int, int]], is_open: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Returns each cell's distance to the nearest goal in cells, diagonals between open cells allowed.

    Args:
        goals: As (row, column).
        is_open: Which cells can be crossed; the others are far away.
    """
    distances = np.full(is_open.shape, FAR)
    queue = [(0.0, goal) for goal in goals]
    for _, goal in queue:
        distances[goal] = 0.0
    height, width = is_open.shape
    while queue:
        here, (row, column) = heapq.heappop(queue)
        if here > distances[row, column]:
            continue
        for d_row in (-1, 0, 1):
            for d_column in (-1, 0, 1):
                cell = row + d_row, column + d_column
                if not (0 <= cell[0] < height and 0 <= cell[1] < width and is_open[cell]):
                    continue
                diagonal = d_row != 0 and d_column != 0
                if diagonal and not (is_open[row, cell[1]] and is_open[cell[0], column]):
                    continue
                there = here + (DIAGONAL if diagonal else 1.0)
                if there < distances[cell]:
                    distances[cell] = there
                    heapq.heappush(queue, (there, cell))
    return distances
