"""The scripted expert of the Sorting tasks: brings the cubes to their bins in any order of colors."""

from __future__ import annotations

from collections.abc import Mapping
from math import hypot
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from ilbench.tasks.d3il.hand import ToolHand
from ilbench.tasks.d3il.pusher import AHEAD_M, STANDOFF_M, Point, Region, advance, follow
from ilbench.tasks.d3il.sorting import BINS, EDGE_Y_M, PLATFORM_Z_M, Sorting, is_inside, orders

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment
    from ilbench.tasks.d3il.layout import Pose, Situation

GATE_Y_M = 0.10
"""By here a cube should be in front of its bin."""

BEND_M = 0.06
"""Nearer than this to its column, a cube is turned towards the edge."""

MARGIN_M = 0.050
"""How far from its bin's side walls a cube is brought over the edge."""

PATH_M = 0.07
"""A cube nearer than this to the column of another is in its way, and is only out of it 10 mm farther."""

FRONT_Y_M = 0.03
"""Cubes nearer to the edge than this can be in the way; others are passed."""

BEYOND_Y_M = 0.22
"""Cubes beyond this are no longer in anybody's way."""

TIPPING_Z_M, WHOLLY_IN_Y_M = 0.12, 0.255
"""A cube higher than the one and nearer than the other is not over the edge yet."""

ASIDE_X_M = (0.26, 0.75)
"""Where to clutter is moved that is in the way."""

WAYS = Region(x=(0.29, 0.71), y=(-0.30, 0.15))
"""Where cubes may be led around others: not to the edges."""

PASSING_M = 0.078
"""How far a cube's center stays from another's, where it can: they may brush past each other."""

PACE_M = (0.0115, 0.001)

LIFTED_M, LOWERED_M = 0.016, 0.008
"""A rod that has come so much above its start is being lifted by a cube that tips, until it is this low
again. Where it goes on pushing it ends on top of the cube, from where only a strong pull takes it down."""

OVER_M = 0.036
"""Nearer than this to a cube's center seen from above, the rod is on top of it."""

PULL_M = 0.08
"""How far the set-point may lead a rod that gets off a cube."""

STRIDE_M = 0.02
"""How much its set-point moves in a step meanwhile; a jump would be the largest action of all by far."""


class _Column(NamedTuple):
    """Where to take a cube over the edge, and who is in the way there."""

    x: float
    blockers: list[int]


class SortingExpert:
    """Takes the easiest cube of the next color over the edge, until all are in their bins.

    Where another cube lies between it and every part of its bin, that one is first moved in front of its
    own bin, and not over the edge.
    """

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Prepares for an episode of `env`, which has just been reset."""
        rng = np.random.default_rng(seed)
        self._env = raw = cast("Any", env.unwrapped)
        self._rules: Sorting = raw.rules
        self._colors = (*self._rules.colors, *["grey"] * len(raw.clutter()))
        modes = orders(len(self._rules.colors))
        drawn = int(rng.integers(len(modes)))
        self._order = modes[drawn if mode is None else mode]
        self._haste = float(rng.uniform(0.8, 1.0))
        margin = MARGIN_M + 0.01 * float(rng.uniform(0.0, 1.0))
        self._columns = {
            color: tuple(np.linspace(low + margin, high - margin, 7).tolist())
            for color, (low, high) in BINS.items()
        }
        self._hand = ToolHand(rng, pace_m=PACE_M)
        self._cube: int | None = None
        self._moved: int | None = None
        self._rest_z = raw.situation.tool[2]
        self._lifted = False

    def act(self, observation: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Returns the change of the commanded position, m, shape (2,)."""
        situation = self._env.situation
        self._rod: Point = situation.tool[:2]
        self._at: list[Point] = [(pose.x, pose.y) for pose in situation.objects]
        self._up = [
            i for i, pose in enumerate(situation.objects) if pose.z > PLATFORM_Z_M and pose.y < BEYOND_Y_M
        ]
        nearest = self._on_top_of(situation)
        if nearest is not None:
            return self._get_off(nearest)
        waiting = self._waiting(situation)
        if self._cube not in waiting:
            self._cube = min(waiting, key=self._effort)
        cube = self._cube
        column = self._column(cube)
        self._moved = self._blocker(column)
        if self._moved is not None:
            cube, goal = self._moved, self._aside(self._moved)
        else:
            goal = self._goal(cube, column.x)
        others = [self._at[j] for j in self._up if j != cube]
        step = advance(self._rod, self._at[cube], goal, others, WAYS, precisely=False, passing_m=PASSING_M)
        return follow(self._hand, self._env.set_point, self._rod, step, self._haste)

    def _on_top_of(self, situation: Situation) -> Point | None:
        """Returns the center of the cube that lifts the rod; None if there is none, or it falls anyway."""
        self._lifted = situation.tool[2] - self._rest_z > (LOWERED_M if self._lifted else LIFTED_M)
        if not self._lifted:
            return None
        rod_x, rod_y = self._rod
        distance, x, y = min((hypot(x - rod_x, y - rod_y), x, y) for x, y in self._at)
        falls = y > EDGE_Y_M and rod_y < y and distance > OVER_M
        return None if falls else (x, y)

    def _get_off(self, cube: Point) -> NDArray[np.float32]:
        """Returns the action that takes the rod straight away from the cube it is on."""
        at, rod = np.array(self._env.set_point[:2]), np.array(self._rod)
        away = rod - np.array(cube)
        aim = rod + AHEAD_M * away / max(hypot(*away), 1e-6)
        change = self._hand.move(at, rod, aim, lead_m=PULL_M)
        share = min(1.0, STRIDE_M / max(hypot(*change.tolist()), 1e-6))
        return (share * change.astype(np.float64)).round(6).astype(np.float32)

    def _waiting(self, situation: Any) -> list[int]:
        """Returns the cubes that may come next: any that fell short of its bin, else those of the color."""
        registered, colors = self._rules.registered, self._rules.colors
        short = [i for i in registered if _is_short(situation.objects[i], colors[i])]
        if short:
            return short
        left = [i for i in range(len(colors)) if i not in registered]
        color = self._order[min(len(registered), len(self._order) - 1)]
        return [i for i in left if colors[i] == color] or left or [0]

    def _column(self, i: int) -> _Column:
        """Returns where to take a cube over the edge: the nearest part of its bin that is free."""
        columns = self._columns[self._colors[i]]
        here, found = self._at[i][0], []
        for x in columns:
            blockers = [
                j
                for j in self._up
                if j != i
                and self._at[j][1] > max(FRONT_Y_M, self._at[i][1] - 0.02)
                and abs(self._at[j][0] - x) < (PATH_M + 0.01 if j == self._moved else PATH_M)
            ]
            found.append((len(blockers) + abs(x - here), x, blockers))
        _, x, blockers = min(found)
        return _Column(min(max(here, columns[0]), columns[-1]) if abs(x - here) < 0.02 else x, blockers)

    def _blocker(self, column: _Column) -> int | None:
        """Returns which cube has to be moved out of the way first, None if there is none."""
        own = self._colors[self._cube or 0]
        strangers = [j for j in column.blockers if self._colors[j] != own]
        rod_x, rod_y = self._rod
        gaps = [(hypot(self._at[j][0] - rod_x, self._at[j][1] - rod_y), j) for j in strangers]
        return min(gaps)[1] if gaps else None

    def _goal(self, i: int, x: float) -> Point:
        """Returns where to push a cube: into its column, and towards the edge the nearer it is to that."""
        here = self._at[i]
        turn = 1.0 - min(1.0, abs(x - here[0]) / BEND_M)
        return x, max(GATE_Y_M, here[1]) + 0.01 + BEND_M * turn

    def _aside(self, i: int) -> Point:
        """Returns where to push a cube that is in the way: before its own bin; clutter to the nearer side."""
        x, y = self._at[i]
        if self._colors[i] == "grey":
            x = ASIDE_X_M[0] if x < sum(ASIDE_X_M) / 2 else ASIDE_X_M[1]
        else:
            x = self._column(i).x
        return x, min(max(y, 0.0), GATE_Y_M)

    def _effort(self, i: int) -> float:
        """Returns about how far rod and cube have to go to sort a cube, m."""
        x, y = self._at[i]
        column = self._column(i)
        goal = self._goal(i, column.x)
        length = max(hypot(goal[0] - x, goal[1] - y), 1e-6)
        behind = (x - STANDOFF_M * (goal[0] - x) / length, y - STANDOFF_M * (goal[1] - y) / length)
        others = [self._at[j] for j in self._up if j != i]
        crowded = sum(hypot(behind[0] - a, behind[1] - b) < 0.055 for a, b in others)
        to_rod = hypot(behind[0] - self._rod[0], behind[1] - self._rod[1])
        return length + to_rod + 0.1 * crowded + 0.4 * len(column.blockers)


def _is_short(pose: Pose, color: str) -> bool:
    """Returns whether a cube that was in its bin is not, or lies on the edge and may tip back."""
    return not is_inside(pose, color) or (pose.z > TIPPING_Z_M and pose.y < WHOLLY_IN_Y_M)
