"""Which levels are in which split: by layout, not by number."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import count
from types import SimpleNamespace
from typing import Any

import numpy as np

from ilbench.tasks.procgen.environment import ProcgenEnv
from ilbench.tasks.procgen.estimates import FAR, make_estimate
from ilbench.tasks.procgen.games import GAMES, Game, Mode
from ilbench.tasks.procgen.rules import RULES
from ilbench.tasks.procgen.state import WALL, GameState, decode_state
from ilbench.tasks.procgen.tasks import (
    FIRST_HARD_LEVEL,
    FIRST_TEST_LEVEL,
    NUM_TEST,
    NUM_TRAIN,
    env_options,
    task_name,
)

FIRST_FRESH_LEVEL = 1_000_000
NUM_MOVES = 9
THEME_MATTERS = frozenset({"heist"})
"""Games in which the look of a thing is what it is: a key opens the doors of its color."""


def layout(state: GameState) -> bytes:
    """Returns the digest of a level's first state: walls, things and where they are, not how they look.

    Rock around the world is cut off, so that a maze is the same maze in a larger frame. Two levels with one
    layout may still differ in textures and in what later appears at random; they count as one.
    """
    open_cells = np.argwhere(state.grid != WALL)
    (bottom, left), (top, right) = open_cells.min(axis=0), open_cells.max(axis=0) + 1
    things = state.entities
    columns = [things["type"], *(_thousandths(things[name]) for name in ("rx", "vx", "vy"))]
    columns += [_thousandths(things["x"] - left), _thousandths(things["y"] - bottom)]
    if state.game in THEME_MATTERS:
        columns.append(things["image_theme"])
    table = np.stack([np.asarray(column, np.int64) for column in columns], axis=1)
    ordered = table[np.lexsort(table.T)]
    grid = state.grid[bottom:top, left:right]
    content = (str(grid.shape).encode(), np.ascontiguousarray(grid).tobytes(), ordered.tobytes())
    return hashlib.sha256(b"".join(content)).digest()


def _thousandths(values: Any) -> Any:
    return np.round(values * 1000.0)


def make_contexts(game: Game, mode: Mode) -> dict[str, list[dict[str, Any]]]:
    """Returns the contexts of a game's task by split: levels, in ascending order.

    ``train`` is 0 to 199 and ``validation`` 200 to 249, as in the literature, without levels that cannot be
    won: over in one step whatever it is (one in ten of jumper's), or with walls all around the goal (one of
    ninja's); ``test`` begins at 250 and, like ``shift/hard``, leaves out every layout that was met before.
    """
    env = ProcgenEnv(**env_options(game, mode))
    finder = _Finder(env)
    made = {
        "train": list(finder.playable(range(NUM_TRAIN))),
        "validation": list(finder.playable(range(NUM_TRAIN, FIRST_TEST_LEVEL))),
    }
    finder.remember(made["train"] + made["validation"])
    made["test"] = finder.new(FIRST_TEST_LEVEL, NUM_TEST)
    if mode == "easy":
        made["shift/hard"] = finder.new(FIRST_HARD_LEVEL, NUM_TEST, distribution_mode="hard")
    env.close()
    return made


def draw_fresh(game: Game, mode: Mode, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    """Yields levels as those of ``test``, of numbers far above all that are published, without end."""
    levels = (int(rng.integers(FIRST_FRESH_LEVEL, 2**31 - 1)) for _ in count())
    yield from _Finder(ProcgenEnv(**env_options(game, mode))).playable(levels)


class _Finder:
    """Finds levels whose layouts are new.

    Args:
        env: An environment of the game and mode.
    """

    def __init__(self, env: ProcgenEnv) -> None:
        self._env = env
        self._seen: set[bytes] = set()

    def playable(self, levels: Iterable[int], **options: Any) -> Iterator[dict[str, Any]]:
        """Yields the contexts of the levels that are neither sealed nor over in one step."""
        for level in levels:
            context = {"level": level, **options}
            if not is_decided(self._env, context) and not is_sealed(self._env, context):
                yield context

    def remember(self, contexts: Iterable[dict[str, Any]]) -> None:
        """Notes the layouts of contexts as met."""
        self._seen.update(layout_of(self._env, context) for context in contexts)

    def new(self, first: int, number: int, **options: Any) -> list[dict[str, Any]]:
        """Returns `number` contexts from level `first` on whose layouts were not met, and notes these."""
        found: list[dict[str, Any]] = []
        for context in self.playable(iter(range(first, 2**31 - 1)), **options):
            here = layout_of(self._env, context)
            if here not in self._seen:
                self._seen.add(here)
                found.append(context)
            if len(found) == number:
                break
        return found


def layout_of(env: ProcgenEnv, context: dict[str, Any]) -> bytes:
    """Returns the layout of a context's level, after starting it."""
    env.reset(options={"context": context})
    return layout(decode_state(env.state().tobytes()))


def is_sealed(env: ProcgenEnv, context: dict[str, Any]) -> bool:
    """Returns whether walls keep the agent from the goal, in a game that is won by getting there."""
    if env.game not in RULES:
        return False
    env.reset(options={"context": context})
    start = env.state().tobytes()
    return make_estimate(decode_state(start), RULES[env.game])(start) >= FAR


def is_decided(env: ProcgenEnv, context: dict[str, Any]) -> bool:
    """Returns whether a level is over after one step, lost or won, whichever of the moves is played."""
    for action in (4, *range(NUM_MOVES)):  # most levels go on if nothing is done, which answers at once
        env.reset(options={"context": context})
        _, _, terminated, _, _ = env.step(action)
        if not terminated:
            return False
    return True


def _by_name(make: Callable[..., Any]) -> SimpleNamespace:
    named = ((task_name(game, mode), game, mode) for game in GAMES for mode in game.modes)
    return SimpleNamespace(
        **{name.replace("-", "_"): partial(make, game, mode) for name, game, mode in named}
    )


MAKE = _by_name(make_contexts)
"""The generator of each task's contexts, by the task's name with underscores."""

FRESH = _by_name(draw_fresh)
"""What yields fresh contexts of each task, by the same names."""
