"""The privileged expert: it sees the whole level and plans, from whatever state it is in.

The cheapest way to what the mission wants is searched as if doors, locks and objects only cost time. On the
way each obstacle is dealt with when it is met: a key is fetched, out of a box if it must be, an object is put
aside; that may itself need ways, and so on. Plans are short, not shortest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ilbench.contract.environment import silenced
from ilbench.tasks.minigrid.world import (
    DIRECTIONS,
    DONE,
    DROP,
    FORWARD,
    LEFT,
    PICK_UP,
    RIGHT,
    TOGGLE,
    Cell,
    Pose,
    Thing,
    World,
    ahead,
)

with silenced():  # pygame greets
    from minigrid.envs.babyai.core import verifier

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment
    from ilbench.contract.policy import Observation
    from ilbench.tasks.minigrid.environment import MiniGrid

MAX_WALKS = 200
"""Ways searched for one plan, after which it is taken to go in circles; most need fewer than ten."""


class StuckError(Exception):
    """There is no plan, or none was found within the limits."""


class PlannerExpert:
    """Does what the mission says with the whole level in sight, closed rooms and boxes included.

    It can be asked in any state that is not lost. It is deterministic; the seed changes nothing.
    """

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Starts anew with the level of `env`."""
        self._env = cast("MiniGrid", env.unwrapped)
        self._plan: list[int] = []
        self._last: int | None = None
        self._is_stuck = False

    def act(self, observation: Observation) -> NDArray[np.int64]:
        """Returns the next action, shape (); `DONE`, which does nothing, for good once no plan was found."""
        if self._is_stuck:
            return np.array(DONE, dtype=np.int64)
        if not self._plan or self._env.last_action != self._last:
            try:
                self._plan = make_plan(self._env.level)[::-1]
            except StuckError:
                self._is_stuck, self._plan = True, [DONE]
        self._last = self._plan.pop()
        return np.array(self._last, dtype=np.int64)


def make_plan(level: Any) -> list[int]:
    """Returns the actions that do the next part of a level's mission, at least one.

    Raises:
        StuckError: None were found.
    """
    world = World(level)
    walker = _Walker(world)
    if hasattr(level, "instrs"):
        _do(walker, _next_clause(level.instrs))
    elif hasattr(level, "obj"):
        walker.take(world.cells_of([level.obj]))
    else:
        walker.go({cell for cell, thing in world.things.items() if thing.kind == "goal"}, onto=True)
    return world.actions or [DONE]


def _next_clause(instruction: Any) -> Any:
    """Returns the single instruction to be done next."""
    if not isinstance(instruction, verifier.SeqInstr):
        return instruction
    first, second, done = instruction.instr_a, instruction.instr_b, instruction.a_done
    if isinstance(instruction, verifier.AfterInstr):
        first, second, done = second, first, instruction.b_done
    return _next_clause(second if done == "success" else first)


def _do(walker: _Walker, clause: Any) -> None:
    world = walker.world
    if isinstance(clause, verifier.GoToInstr):
        walker.go({(int(x), int(y)) for x, y in clause.desc.obj_poss})
    elif isinstance(clause, verifier.OpenInstr):
        walker.open(clause.desc.obj_set)
    elif isinstance(clause, verifier.PickupInstr):
        if not world.cells_of(clause.desc.obj_set):
            walker.put_down()  # it is in the hand, and only picking it up anew counts
        walker.take(world.cells_of(clause.desc.obj_set))
    else:
        walker.put_next(clause.desc_move.obj_set, clause.desc_fixed.obj_set)


class _Walker:
    """Plans in a world.

    Attributes:
        world: The world; it changes as the plan grows.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self._walks = 0
        self._ways: list[set[Cell]] = []
        self._needed: list[Thing] = []

    def go(self, cells: set[Cell], *, onto: bool = False) -> None:
        """Walks until the agent faces one of the cells, or stands on one."""
        while True:
            self._walks += 1
            path = self.world.search(lambda pose: (pose[:2] if onto else ahead(pose)) in cells)
            if path is None or self._walks > MAX_WALKS:
                raise StuckError
            if self._walk(path):
                return

    def _walk(self, path: list[Pose]) -> bool:
        """Follows a path; returns False where it was left to make way, so that it must be sought anew."""
        for pose in path[1:]:
            here = self.world.pose
            if pose[:2] == here[:2]:
                self.world.act(RIGHT if pose[2] == (here[2] + 1) % 4 else LEFT)
                continue
            thing = self.world.things.get(pose[:2])
            if thing is not None and not thing.is_passable:
                if thing.kind != "door" or (thing.lock == "locked" and not self.world.holds_key(thing.color)):
                    self._ways.append({pose[:2] for pose in path})
                    self._make_way(thing)
                    self._ways.pop()
                    return False
                self.world.act(TOGGLE)
            self.world.act(FORWARD)
        return True

    def _make_way(self, thing: Thing) -> None:
        """Fetches the key of the locked door ahead, or puts the object ahead aside."""
        if thing.kind == "door":
            self.take(self.world.key_cells(thing.color))
            return
        cell, hand = self.world.front, self.world.carried
        if hand is not None:
            self.put_down()
            self.go({cell})
        self.world.act(PICK_UP)
        self.put_down()
        if hand is not None and (hand in self._needed or hand.kind == "key"):
            self.take(self.world.cells_of([hand.source]))

    def take(self, cells: set[Cell]) -> None:
        """Goes to one of the cells and picks up what is there; of a box with a key, the key."""
        self.go(cells)
        cell = self.world.front
        if self.world.things[cell].contains is not None:
            self.world.act(TOGGLE)
        if self.world.carried is not None:
            self.put_down()
            self.go({cell})
        self.world.act(PICK_UP)

    def put_down(self) -> None:
        """Puts what is carried where it bars no way; if there is no such place near, off the present ways."""
        self._walks += 1
        ways = set().union(*self._ways)

        def fits(pose: Pose) -> bool:
            return self.world.is_empty(ahead(pose)) and ahead(pose) not in ways

        path = self.world.search(
            lambda pose: fits(pose) and self.world.is_harmless(ahead(pose)), clear_ways_only=True
        ) or self.world.search(fits, clear_ways_only=True)
        if path is None or self._walks > MAX_WALKS:
            raise StuckError
        self._walk(path)
        self.world.act(DROP)

    def open(self, doors: list[Any]) -> None:
        """Opens one of some doors, a locked one only if all are; one that is open is closed and opened."""
        things = {cell: self.world.things[cell] for cell in self.world.cells_of(doors)}
        cells = {cell for cell, thing in things.items() if thing.lock != "locked"} or set(things)
        self.go(cells)
        cell = self.world.front
        door = things[cell]
        if door.lock == "locked" and not self.world.holds_key(door.color):
            self._ways.append({self.world.pose[:2]})
            self.take(self.world.key_cells(door.color))
            self._ways.pop()
            self.go({cell})
        if door.lock == "open":
            self.world.act(TOGGLE)
        self.world.act(TOGGLE)

    def put_next(self, movable: list[Any], fixed: list[Any]) -> None:
        """Puts one of some objects down beside one of others."""
        if self.world.carried is None or not any(self.world.carried.source is one for one in movable):
            self.take(self.world.cells_of(movable))
        if self.world.carried is not None:
            self._needed.append(self.world.carried)
        places = {(x + dx, y + dy) for x, y in self.world.cells_of(fixed) for dx, dy in DIRECTIONS}
        places = {cell for cell in places if self.world.is_empty(cell) or cell == self.world.pose[:2]}
        if not places:
            raise StuckError
        self.go(places)
        self.world.act(DROP)
