"""Levels of minigrid by import string, with a view of our own; their layout, state and colors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ilbench.contract.environment import silenced
from ilbench.importing import load_object
from ilbench.tasks.minigrid.missions import COLORS, recolored
from ilbench.tasks.minigrid.view import Sight

with silenced():  # pygame greets
    from minigrid.core.constants import DIR_TO_VEC
    from minigrid.envs.babyai.core import verifier

verifier.use_done_actions = False  # an environment variable must not change the rules of a versioned task

DROP, TOGGLE = 4, 5
RECOLORED_KINDS = ("door", "key", "ball", "box", "goal")


class Quick:
    """Mixed into a level of minigrid: the same game at a tenth of the cost.

    Observations are the 49 cell numbers of `ilbench.tasks.minigrid.view`; where the objects of a BabyAI
    mission are is looked up anew only after something was moved, not at every attempt to drop nothing.
    """

    sight: Sight | None = None
    first_mission = ""
    has_moved = False
    _held: Any = None
    _front: tuple[Any, int, NDArray[np.int64]] = (None, 0, np.zeros(2, dtype=np.int64))

    def gen_obs(self: Any) -> NDArray[np.uint8]:
        """Returns the numbers of the cells in view, shape (49,)."""
        if self.sight is None:
            self.sight = Sight(self)
        x, y = self.agent_pos
        codes: NDArray[np.uint8] = self.sight.look(int(x), int(y), self.agent_dir, self.carrying)
        return codes

    @property
    def front_pos(self: Any) -> NDArray[np.int64]:
        """The cell before the agent, as minigrid gives it, computed once a pose."""
        position, direction, front = self._front
        if position is not self.agent_pos or direction != self.agent_dir:
            front = self.agent_pos + DIR_TO_VEC[self.agent_dir]
            self._front = (self.agent_pos, self.agent_dir, front)
        return front  # type: ignore[no-any-return]

    def step(self: Any, action: int) -> Any:
        """Plays one action by minigrid's rules."""
        self._held = self.carrying
        if action == TOGGLE:
            thing = self.grid.get(*self.front_pos)
            self.has_moved = self.has_moved or (thing is not None and thing.type == "box")
        outcome = super().step(action)  # type: ignore[misc]
        if self.carrying is not self._held and action != DROP:
            self.has_moved = True
        return outcome

    def update_objs_poss(self: Any, instr: Any = None) -> None:
        """Looks up where the objects of the mission are, called by minigrid after each action drop."""
        if instr is not None or self.has_moved or self.carrying is not self._held:
            super().update_objs_poss(instr)  # type: ignore[misc]
            self.has_moved = self.has_moved and instr is not None


def make_level(level: str, options: Mapping[str, Any]) -> Any:
    """Returns a level of minigrid that observes cell numbers.

    Args:
        level: Import string of the level's class.
        options: Its arguments.
    """
    with silenced():
        made = _quick(level)(**options)
    made.first_mission = made.mission
    return made


@cache
def _quick(level: str) -> Any:
    original: Any = load_object(level)
    return type(original.__name__, (Quick, original), {})


def generate(level: Any, seed: int, recolor: int = 0) -> NDArray[np.uint8]:
    """Generates a level from minigrid's seed and returns the cell numbers in view, shape (49,).

    Args:
        level: From `make_level`.
        seed: The seed.
        recolor: How far every door, key, ball, box and goal is moved along `COLORS`, with the mission.
    """
    level.sight, level.has_moved = None, False
    level.mission = level.first_mission  # not every level sets it anew, and colors may have changed it
    with silenced():  # it prints each layout that it rejects
        codes: NDArray[np.uint8] = level.reset(seed=seed)[0]
    if recolor:
        _recolor(level, recolor)
        level.sight = None
        codes = level.gen_obs()
    return codes


def _recolor(level: Any, shift: int) -> None:
    colors = {color: COLORS[(i + shift) % len(COLORS)] for i, color in enumerate(COLORS)}
    for thing in {id(thing): thing for thing in _things(level)}.values():
        if thing.type in RECOLORED_KINDS:
            thing.color = colors[thing.color]
    level.mission = recolored(level.mission, colors)


def _things(level: Any) -> Iterator[Any]:
    for thing in level.grid.grid:
        while thing is not None:
            yield thing
            thing = thing.contains


def clauses(level: Any) -> list[Any]:
    """Returns the single instructions of a BabyAI mission in the order of its words, else an empty list."""

    def leaves(instruction: Any) -> list[Any]:
        if isinstance(instruction, verifier.SeqInstr):
            return leaves(instruction.instr_a) + leaves(instruction.instr_b)
        return [instruction]

    return leaves(level.instrs) if hasattr(level, "instrs") else []


def level_state(level: Any) -> NDArray[np.int64]:
    """Returns all that fixes the rest of the episode, mission apart, as one array.

    The grid; for each object that the mission names, where those that fit were last placed; the agent, what
    it carries and how many steps it took; what boxes hold; which parts of the mission are done.
    """
    parts: list[Any] = [level.grid.encode().ravel()]
    for clause in clauses(level):
        for name in ("desc", "desc_move", "desc_fixed"):
            if hasattr(clause, name):
                places = np.zeros((level.width, level.height), dtype=np.int64)
                for place in getattr(clause, name).obj_poss:
                    places[tuple(place)] = 1
                parts.append(places.ravel())
    carried = (0, 0, 0) if level.carrying is None else level.carrying.encode()
    parts.append((*level.agent_pos, level.agent_dir, *carried, level.step_count))
    parts += [thing.contains.encode() for thing in _things(level) if thing.contains is not None]
    parts.append(_progress(getattr(level, "instrs", None)))
    return np.concatenate([np.asarray(part, dtype=np.int64) for part in parts])


def _progress(instruction: Any) -> list[int]:
    if not isinstance(instruction, verifier.SeqInstr):
        return []
    done = [int(part == "success") for part in (instruction.a_done, instruction.b_done)]
    return done + _progress(instruction.instr_a) + _progress(instruction.instr_b)
