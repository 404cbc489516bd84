"""A symbolic copy of a level, in which a plan is tried out before it is played."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any, TypeAlias

Cell: TypeAlias = tuple[int, int]
Pose: TypeAlias = tuple[int, int, int]

LEFT, RIGHT, FORWARD, PICK_UP, DROP, TOGGLE, DONE = range(7)
DIRECTIONS = ((1, 0), (0, 1), (-1, 0), (0, -1))
AROUND = ((-1, -1), (0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0))

BLOCKER_COST, LOCK_COST = 25, 40
"""About how many steps it takes to put an object aside, or to find a key."""


@dataclass(slots=True, eq=False)
class Thing:
    """What stands in a cell, or is carried: ``door``, ``key``, ``ball``, ``box`` or ``goal``.

    Attributes:
        kind: What it is.
        color: Its color.
        lock: Of a door: ``open``, ``closed`` or ``locked``.
        contains: What a box holds.
        source: The object of minigrid.
    """

    kind: str
    color: str
    lock: str
    contains: Thing | None
    source: Any

    @property
    def is_passable(self) -> bool:
        """Whether the agent can stand in its cell."""
        return self.kind == "goal" or self.lock == "open"


def thing_from(source: Any) -> Thing:
    """Returns the copy of an object of minigrid."""
    lock = ""
    if source.type == "door":
        lock = "open" if source.is_open else "locked" if source.is_locked else "closed"
    contains = None if source.contains is None else thing_from(source.contains)
    return Thing(source.type, source.color, lock, contains, source)


class World:
    """A level as a planner sees it, and the actions that were taken in it.

    Args:
        level: A level of minigrid; it is read, never changed.

    Attributes:
        things: What stands where; neither walls nor lava.
        pose: Column, row and direction of the agent.
        carried: What it carries.
        actions: What it has done.
    """

    def __init__(self, level: Any) -> None:
        self.things: dict[Cell, Thing] = {}
        self._barred: set[Cell] = set()
        for index, source in enumerate(level.grid.grid):
            cell = (index % level.width, index // level.width)
            if source is not None and source.type in ("wall", "lava"):
                self._barred.add(cell)
            elif source is not None:
                self.things[cell] = thing_from(source)
        x, y = level.agent_pos
        self.pose: Pose = (int(x), int(y), int(level.agent_dir))
        self.carried = None if level.carrying is None else thing_from(level.carrying)
        self.actions: list[int] = []

    @property
    def front(self) -> Cell:
        """The cell before the agent."""
        return ahead(self.pose)

    def act(self, action: int) -> None:
        """Takes an action that has an effect here."""
        self.actions.append(action)
        x, y, direction = self.pose
        if action in (LEFT, RIGHT):
            self.pose = (x, y, (direction + (1 if action == RIGHT else 3)) % 4)
        elif action == FORWARD:
            self.pose = (*self.front, direction)
        elif action == PICK_UP:
            self.carried = self.things.pop(self.front)
        elif action == DROP and self.carried is not None:
            self.things[self.front] = self.carried
            self.carried = None
        elif action == TOGGLE:
            self._toggle(self.things[self.front])

    def _toggle(self, thing: Thing) -> None:
        if thing.kind == "door":
            thing.lock = "closed" if thing.lock == "open" else "open"
        elif thing.contains is None:
            del self.things[self.front]
        else:
            self.things[self.front] = thing.contains

    def holds_key(self, color: str) -> bool:
        """Returns whether the agent carries a key of that color."""
        return self.carried is not None and (self.carried.kind, self.carried.color) == ("key", color)

    def key_cells(self, color: str) -> set[Cell]:
        """Returns where keys of a color are, boxes that hold one included."""
        return {cell for cell, thing in self.things.items() if _is_key(thing, color)}

    def cells_of(self, sources: list[Any]) -> set[Cell]:
        """Returns where objects of minigrid stand."""
        wanted = {id(source) for source in sources}
        return {cell for cell, thing in self.things.items() if id(thing.source) in wanted}

    def is_empty(self, cell: Cell) -> bool:
        """Returns whether something can be put down in a cell."""
        return cell not in self._barred and cell not in self.things and cell != self.pose[:2]

    def is_harmless(self, cell: Cell) -> bool:
        """Returns whether what is put down in an empty cell bars no way: not at a door, not in a passage."""
        x, y = cell
        if any((t := self.things.get((x + dx, y + dy))) and t.kind == "door" for dx, dy in DIRECTIONS):
            return False
        around = [(x + dx, y + dy) for dx, dy in AROUND]
        free = [one not in self._barred and one not in self.things for one in around]
        return sum(one != other for one, other in zip(free, free[1:] + free[:1], strict=True)) <= 2

    def search(self, accept: Callable[[Pose], bool], *, clear_ways_only: bool = False) -> list[Pose] | None:
        """Returns the cheapest poses to an accepted one, the present one first; None if there is no way.

        Args:
            accept: Whether a pose will do.
            clear_ways_only: Whether to keep off ways that need an object put aside or a key found.
        """
        costs = {self.pose: 0}
        before: dict[Pose, Pose] = {}
        queue = [(0, self.pose)]
        while queue:
            cost, pose = heappop(queue)
            if cost > costs[pose]:
                continue
            if accept(pose):
                return _path(before, pose)
            for extra, neighbor in self._neighbors(pose, clear_ways_only):
                if cost + extra < costs.get(neighbor, 1 << 30):
                    costs[neighbor] = cost + extra
                    before[neighbor] = pose
                    heappush(queue, (cost + extra, neighbor))
        return None

    def _neighbors(self, pose: Pose, clear_ways_only: bool) -> Iterator[tuple[int, Pose]]:
        x, y, direction = pose
        yield 1, (x, y, (direction + 1) % 4)
        yield 1, (x, y, (direction + 3) % 4)
        cell = ahead(pose)
        if cell in self._barred:
            return
        thing = self.things.get(cell)
        extra = 0 if thing is None or thing.is_passable else self._cost(thing)
        if extra is not None and not (clear_ways_only and extra > 1):
            yield 1 + extra, (*cell, direction)

    def _cost(self, thing: Thing) -> int | None:
        if thing.kind != "door":
            return BLOCKER_COST
        if thing.lock == "closed" or self.holds_key(thing.color):
            return 1
        return LOCK_COST if self.key_cells(thing.color) else None


def ahead(pose: Pose) -> Cell:
    """Returns the cell before a pose."""
    x, y, direction = pose
    dx, dy = DIRECTIONS[direction]
    return x + dx, y + dy


def _is_key(thing: Thing, color: str) -> bool:
    inner = thing if thing.contains is None else thing.contains
    return (inner.kind, inner.color) == ("key", color)


def _path(before: dict[Pose, Pose], pose: Pose) -> list[Pose]:
    poses = [pose]
    while poses[-1] in before:
        poses.append(before[poses[-1]])
    return poses[::-1]
