"""The contexts of the MiniGrid tasks: seeds chosen once, so that no level is in two splits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from itertools import count
from types import SimpleNamespace
from typing import Any

import numpy as np

from ilbench.contract.environment import silenced
from ilbench.contract.task import Context, Split, Task
from ilbench.importing import load_object
from ilbench.tasks.minigrid import boss
from ilbench.tasks.minigrid.missions import names_any
from ilbench.tasks.minigrid.table import PAIRS
from ilbench.tasks.minigrid.tasks import BOSS, GOTO_LOCAL, ROWS, SYMBOLIC, UNSEEN

SEED = 1
"""Enters every level's seed: another one makes other contexts, hence another version of the task."""

SEEDS_A_SPLIT = 100_000
FIRST_FRESH_SEED = 1_000_000_000
HALF = (1 << 32) - 1
MULTIROOM = "minigrid.envs.multiroom:MultiRoomEnv"

GOTO_LOCAL_VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "shift/more-objects": {"num_objects": 12},
    "shift/larger-room": {"room_size": 12},
}


def make_contexts(task: Task) -> dict[str, list[Context]]:
    """Returns the contexts of a task by split; each level is new, by grid, agent and mission."""
    if task is BOSS:
        return boss.make_contexts(task, SEED * 100 * SEEDS_A_SPLIT)
    env: Any = task.make_env()
    seen: set[str] = set()
    contexts: dict[str, list[Context]] = {}
    for number, split in enumerate(split for split in task.splits if split.of is None):
        first = (SEED * 100 + number) * SEEDS_A_SPLIT
        chosen = contexts[split.name] = []
        for context in candidates(task, split, count(first)):
            if len(chosen) == split.num_contexts:
                break
            env.reset(options={"context": context})
            if belongs(task, split, env.level) and env.layout_digest() not in seen:
                seen.add(env.layout_digest())
                chosen.append(context)
    return contexts


def draw_fresh(task: Task, rng: np.random.Generator) -> Iterator[Context]:
    """Yields levels as those of ``test``, of seeds far above all that are published, without end."""
    seeds = (int(rng.integers(FIRST_FRESH_SEED, 2**31)) for _ in count())
    if task is BOSS:
        yield from boss.draw_fresh(task, seeds)
        return
    env: Any = task.make_env()
    for context in candidates(task, task.split("test"), seeds):
        env.reset(options={"context": context})
        if belongs(task, task.split("test"), env.level):
            yield context


def belongs(task: Task, split: Split, level: Any) -> bool:
    """Returns whether a level can be done, and has a mission of the split."""
    if must_be_solvable(task) and is_key_locked_away(level):
        return False
    return names_any(level.mission, held_out(task)) == (split.name == UNSEEN)


def held_out(task: Task) -> tuple[str, ...]:
    """Returns the phrases that only missions of ``shift/unseen-missions`` have."""
    return PAIRS if task is GOTO_LOCAL else ROWS[task.id].held_out


def must_be_solvable(task: Task) -> bool:
    """Returns whether a task's levels have to be looked through for those that cannot be done."""
    return task.id in ROWS and ROWS[task.id].may_lock_key_away


def is_key_locked_away(level: Any) -> bool:
    """Returns whether a room is locked and all keys to it lie inside."""
    places = [(x, y) for x in range(level.width) for y in range(level.height)]
    things = [(level.grid.get(x, y), x, y) for x, y in places if level.grid.get(x, y) is not None]
    locked = {thing.color for thing, _, _ in things if thing.type == "door" and thing.is_locked}
    keys = [(thing.color, level.room_from_pos(x, y)) for thing, x, y in things if thing.type == "key"]
    reachable = {color for color, room in keys if not room.locked}
    return not locked <= reachable


def candidates(task: Task, split: Split, seeds: Iterable[int]) -> Iterator[Context]:
    """Yields the contexts that a split may have, of some seeds."""
    for seed in seeds:
        context = {"seed": seed, **_entries(task, split)}
        if task.env_options.get("level") != MULTIROOM or places_at_once(task, context):
            yield context


def _entries(task: Task, split: Split) -> Mapping[str, Any]:
    if task is GOTO_LOCAL:
        return GOTO_LOCAL_VARIANTS.get(split.name, {})
    row = ROWS.get(task.id)
    shifts = {f"shift/{shift.name}": shift.entries for shift in row.shifts} if row else {}
    return shifts.get(split.name, {})


def places_at_once(task: Task, context: Context) -> bool:
    """Returns whether MultiRoom's generator places all rooms at the seed's first try.

    It tries until it succeeds, each time anew, hundreds of times for twelve rooms. Seeds whose first try
    succeeds have the same distribution of levels and are generated at once.
    """
    options = {**task.env_options["options"], **context.get("options", {})}
    level = _multiroom(tuple(options.items()))
    level._np_random = QuickIntegers(context["seed"])
    number = level._rand_int(level.minNumRooms, level.maxNumRooms + 1)
    entry = level._rand_int(0, level.width - 2), level._rand_int(0, level.width - 2)
    rooms: list[Any] = []
    level._placeRoom(
        number, roomList=rooms, minSz=4, maxSz=level.maxRoomSize, entryDoorWall=2, entryDoorPos=entry
    )
    return len(rooms) == int(number)


class QuickIntegers:
    """What `integers(low, high)` of gymnasium's generator gives for a seed, eight times as fast.

    NumPy is slow at single draws; these are the same numbers: Lemire's method on halves of PCG64's words.
    """

    def __init__(self, seed: int) -> None:
        self._words = np.random.PCG64(np.random.SeedSequence(seed))
        self._halves: list[int] = []

    def integers(self, low: int, high: int) -> int:
        """Returns an integer in [low, high)."""
        span = high - low
        if span == 1:
            return low
        product = self._half() * span
        if product & HALF < span:
            while product & HALF < (HALF + 1 - span) % span:
                product = self._half() * span
        return low + (product >> 32)

    def _half(self) -> int:
        if not self._halves:
            words = self._words.random_raw(32).tolist()
            self._halves = [half for word in reversed(words) for half in (word >> 32, word & HALF)]
        return self._halves.pop()


@cache
def _multiroom(options: tuple[tuple[str, Any], ...]) -> Any:
    with silenced():
        return load_object(MULTIROOM)(**dict(options))


def naming(task: Task) -> str:
    """Returns the name of a task's generator in `MAKE`."""
    return task.make_contexts.rpartition(".")[2]


MAKE = SimpleNamespace(**{naming(task): partial(make_contexts, task) for task in SYMBOLIC})
"""The generator of each task's contexts, by name."""

FRESH = SimpleNamespace(**{naming(task): partial(draw_fresh, task) for task in SYMBOLIC})
"""What yields fresh contexts of each task, by the same names."""
