"""The scripted expert of the Inserting task: brings the cubes in, in any of the six orders."""

from __future__ import annotations

from collections.abc import Mapping
from math import atan2, cos, hypot, pi, sin
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ilbench.tasks.d3il.hand import LEAD_M, ToolHand
from ilbench.tasks.d3il.inserting import HALF_CUBE_M, ORDERS, POCKETS
from ilbench.tasks.d3il.layout import ROD_RADIUS_M
from ilbench.tasks.d3il.pusher import PASSING_M, STANDOFF_M, Point, Region, advance, next_point

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment

TOUCH_M = HALF_CUBE_M + ROD_RADIUS_M
"""Distance of the rod from a cube's center at which it touches the middle of a face."""

GATE_Y_M = 0.146
"""Where the entrance of the walls is narrowest."""

GATE_X_M = (0.450, 0.600)
"""Between which the rod passes the entrance."""

LANES_X_M = (0.555, 0.525, 0.495)
"""Along which each cube is pushed through the entrance: far from its pocket, for a long run-up."""

LAUNCH_Y_M = 0.045
"""From here on a cube is pushed straight, face on; before, it is just pushed along."""

LAUNCH_X_M = 0.02
"""How far beside its lane a cube may be there."""

POINT_OF_NO_RETURN_Y_M = 0.105
"""From here on there is no room left to push a cube along its row."""

PASSABLE_X_M = (0.458, 0.592)
"""Where a cube must be there, so as not to hit the entrance's corners; else it is pushed back out."""

REACHABLE_Y_M = 0.125
"""Up to here the rod has room between a cube beside the entrance and the wall."""

OUTSIDE = Region(x=(0.2, 0.85), y=(-0.3, 0.10))
"""Where ways around the other cubes may lead."""

INSERTED_M = 0.0065
"""A cube so near its target, seen from above, is done."""

ROOM_M = 0.056
"""How far the traveling rod stays from every cube's center, where it can."""

TARGETS = tuple(POCKETS.values())
APPROACH = ((-1.0, 0.0), (0.0, 1.0), (1.0, 0.0))
"""Direction into each pocket."""

MOUTH_M = 0.0605
"""Distance of a cube's center from its target when its face is level with the pocket's mouth."""

TURN_M2 = 0.0015
"""Pushed at the offset s from the middle of a face, a cube turns by about s / `TURN_M2` per meter."""

CORNER_M = 0.048
"""From nearer than this to a cube's center the rod touches it, or will at once."""

UNDECIDED = 0.65
"""A face turned by more than this against the way, rad, has a neighbor that will do as well."""

BEHIND_M = 0.06
"""Distance from a cube's center at which the rod, behind it, has gone around it."""

ZONE_M = TOUCH_M + 0.02
"""From nearer than this the rod does not go around the cube once more."""

BACKED_OFF_M = TOUCH_M + 0.006
"""Distance at which the rod moves along a face without touching it."""

CONTACT_M = TOUCH_M + 0.0015
"""From nearer than this the rod counts as touching a face."""

AHEAD_M = 0.05
"""How far ahead of the hand a push aims: farther than it slows down."""

PRESSURE_M = 0.014
"""How far the set-point may lead the rod in a push: 3 N, six times the friction of a cube, enough to free it
from a corner."""

ASTRAY_M = 0.006
"""A rod that pushes so far beside the right place on a face touches it anew."""


class Leg(NamedTuple):
    """A straight push.

    Attributes:
        way: Unit vector of the push.
        end: Point at which the cube's center ought to end.
        pull: How strongly it heads for the line through `end`, rad per m beside it; 0 for not at all.
        free: Whether walls leave the cube room to turn.
    """

    way: Point
    end: Point
    pull: float
    free: bool


class Contact(NamedTuple):
    """Rod and cube, as a push along a line sees them.

    Attributes:
        heading: Direction of the pushed face's normal, into the cube, rad.
        turn: By how much it deviates from the way, rad, in (-pi/4, pi/4].
        depth: Distance of the rod from the cube's center along that normal, m; negative in front of it.
        offset: Distance of the rod from that normal to its left, m.
    """

    heading: float
    turn: float
    depth: float
    offset: float

    @property
    def in_zone(self) -> bool:
        """Whether the rod is right at the face to be pushed."""
        # The rod's end touches the cube, and trails the tool center point above it by up to a centimeter.
        return TOUCH_M - 0.011 < self.depth < ZONE_M and abs(self.offset) < 0.024

    @property
    def touches(self) -> bool:
        """Whether the rod touches the face, or nearly so."""
        return self.depth < CONTACT_M


class InsertingExpert:
    """Pushes one cube after the other to the entrance, straight through it, and into its pocket.

    Before the entrance a cube is pushed in whatever attitude. From there on the rod pushes against the
    middle of a face and steers, so that the cube's edges come parallel to the walls: through the entrance
    along a lane, until it is level with its pocket, and from the other side in. Beside the mouth by more
    than the pocket allows, it is first pushed level. What comes next follows from where rod and cubes are,
    but for the order, which shows in the cube that the rod goes for.
    """

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Chooses the order of an episode of `env`, an Inserting environment that has just been reset."""
        rng = np.random.default_rng(seed)
        drawn = int(rng.integers(len(ORDERS)))
        self.order: tuple[int, ...] = ORDERS[drawn if mode is None else mode]
        self._hand = ToolHand(rng, pace_m=(0.0095, 0.0008), agility=0.3, brake_steps=3.0)
        self._haste = float(rng.uniform(0.6, 0.8))
        self._lane_shift_m = float(rng.uniform(-0.008, 0.008))

    def act(self, observation: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Returns the change of the commanded position in m, shape (2,)."""
        state = observation["state"].astype(np.float64)
        self._at = state[:2]
        values = state.tolist()
        self._rod: Point = (values[2], values[3])
        self._cubes: list[Point] = [(values[i], values[i + 1]) for i in (4, 8, 12)]
        self._yaws = [atan2(values[i + 2], values[i + 3]) for i in (4, 8, 12)]
        current = next((index for index in self.order if not self._inserted(index)), self.order[-1])
        x, y = self._cubes[current]
        beside = abs(x - self._lane(current))
        if y > POINT_OF_NO_RETURN_Y_M or (y > LAUNCH_Y_M and beside < LAUNCH_X_M):
            return self._push_straight(current)
        return self._push_along(current)

    def _inserted(self, index: int) -> bool:
        x, y = TARGETS[index]
        return hypot(self._cubes[index][0] - x, self._cubes[index][1] - y) < INSERTED_M

    def _lane(self, index: int) -> float:
        return LANES_X_M[index] + (self._lane_shift_m if index != 1 else 0.0)

    def _move(
        self, aim: NDArray[np.float64], haste: float = 1.0, steadiness: float = 0.0, lead_m: float = LEAD_M
    ) -> NDArray[np.float32]:
        return self._hand.move(self._at, np.array(self._rod), aim, haste, steadiness, lead_m)

    # --- before the entrance -------------------------------------------------------------------------

    def _push_along(self, index: int) -> NDArray[np.float32]:
        """Pushes a cube to where its lane begins, in whatever attitude."""
        cube = self._cubes[index]
        others = [at for i, at in enumerate(self._cubes) if i != index]
        goal = (self._lane(index), max(cube[1], LAUNCH_Y_M + 0.015))
        step = advance(self._rod, cube, goal, others, OUTSIDE)
        if not step.pushes or self._rod[1] > GATE_Y_M:
            way = next_point(cube, goal, others, PASSING_M, OUTSIDE)
            back = STANDOFF_M / hypot(way[0] - cube[0], way[1] - cube[1])
            return self._travel((cube[0] - back * (way[0] - cube[0]), cube[1] - back * (way[1] - cube[1])))
        # Steering only works once the rod touches the cube; before, it would lead the rod past it.
        touches = hypot(cube[0] - self._rod[0], cube[1] - self._rod[1]) < CORNER_M
        aim = np.array(step.aim if touches else cube)
        return self._move(aim, haste=self._haste, steadiness=0.5)

    # --- straight ------------------------------------------------------------------------------------

    def _push_straight(self, index: int) -> NDArray[np.float32]:
        """Pushes a cube face on: goes behind the face, to the right place on it, and then pushes."""
        leg, cube = self._leg(index), self._cubes[index]
        contact = self._contact(index, leg.way)
        along, beside = _in_frame(cube, leg.end, leg.way)
        wanted = min(max(-leg.pull * beside, -0.45), 0.45)
        excess = contact.turn - wanted if leg.free else 0.0
        best_offset = min(max(0.05 * excess, -0.015), 0.015)
        if contact.in_zone:
            if self._is_astray(contact, best_offset):
                return self._shift(index, contact, best_offset)
            return self._steer(contact, excess, -along)
        is_behind = TOUCH_M < contact.depth < BEHIND_M + 0.008
        if is_behind and abs(contact.offset - best_offset) < 0.012:
            return self._move(np.array(self._beside(index, contact.heading, BACKED_OFF_M, best_offset)))
        return self._travel(self._beside(index, contact.heading, BEHIND_M, best_offset))

    @staticmethod
    def _is_astray(contact: Contact, best_offset: float) -> bool:
        astray = abs(contact.offset - best_offset)
        return not contact.touches or astray > ASTRAY_M

    def _shift(self, index: int, contact: Contact, best_offset: float) -> NDArray[np.float32]:
        """Backs off from a face, moves along it, and touches it again: the rod does not slide on it."""
        if not contact.touches and abs(contact.offset - best_offset) <= 0.002:
            depth, offset = TOUCH_M - 0.002, best_offset
        else:
            depth = BACKED_OFF_M
            offset = contact.offset if contact.depth < BACKED_OFF_M - 0.002 else best_offset
        aim = self._beside(index, contact.heading, depth, offset)
        return self._move(np.array(aim), steadiness=1.0)

    def _steer(self, contact: Contact, excess: float, remaining: float) -> NDArray[np.float32]:
        """Pushes, sideways as well, so that the cube turns by `excess` (rad) to the right.

        Where the rod sticks at the offset s to a face that is h from the center, and moves in the
        direction (1, slope) of the face's frame, the cube turns by -(s + h slope) / `TURN_M2` per meter.
        """
        slope = (40.0 * excess * TURN_M2 - contact.offset) / HALF_CUBE_M
        direction = contact.heading + atan2(min(max(slope, -0.6), 0.6), 1.0)
        reach = min(max(contact.depth - TOUCH_M, 0.0) + max(remaining, 0.001), AHEAD_M)
        aim = (self._rod[0] + reach * cos(direction), self._rod[1] + reach * sin(direction))
        return self._move(np.array(aim), haste=self._haste, steadiness=1.0, lead_m=PRESSURE_M)

    def _leg(self, index: int) -> Leg:
        """Returns the push that is due: through the entrance, level with the pocket, or into it."""
        way, target, cube = APPROACH[index], TARGETS[index], self._cubes[index]
        if cube[1] < GATE_Y_M and not PASSABLE_X_M[0] < cube[0] < PASSABLE_X_M[1]:
            return self._leg_back(index)
        along, beside = _in_frame(cube, target, way)
        run = -along - MOUTH_M
        if run < -0.004 or abs(beside) <= self._tolerance(index, run):
            return Leg(way, target, 12.0, run > -0.004)
        if index != 1 and cube[1] < target[1] - 0.02:
            return Leg((0.0, 1.0), (self._lane(index), target[1]), 4.0, True)
        side = -1.0 if beside > 0 else 1.0
        level = (cube[0] + way[1] * beside, cube[1] - way[0] * beside)
        return Leg((-way[1] * side, way[0] * side), level, 0.0, run > 0.005)

    def _leg_back(self, index: int) -> Leg:
        """Returns the push that takes a cube away from a corner of the entrance."""
        x, y = self._cubes[index]
        if y > REACHABLE_Y_M:
            return Leg((0.0, -1.0), (x, LAUNCH_Y_M), 0.0, True)
        return Leg((1.0 if x < PASSABLE_X_M[0] else -1.0, 0.0), (self._lane(index), y), 0.0, True)

    def _tolerance(self, index: int, run: float) -> float:
        """Returns how far beside the middle of its pocket a cube may be, `run` before the mouth, m.

        Once the rod is at the face that is to be pushed, there is room for a correction on the way.
        """
        tolerance = 0.0015
        if self._contact(index, APPROACH[index]).in_zone:
            tolerance += 0.2 * max(run - 0.005, 0.0)
        if index == 1:
            tolerance += 0.5 * max(run - 0.02, 0.0)
        return tolerance

    def _contact(self, index: int, way: Point) -> Contact:
        """Returns how the rod is to the face to be pushed; of two at 45 degrees, to the nearer one."""
        along = atan2(way[1], way[0])
        turn = (self._yaws[index] - along + pi / 4) % (pi / 2) - pi / 4
        contact = self._contact_with(index, along, turn)
        if abs(turn) < UNDECIDED:
            return contact
        other = self._contact_with(index, along, turn - pi / 2 if turn > 0 else turn + pi / 2)
        return contact if contact.depth > other.depth else other

    def _contact_with(self, index: int, along: float, turn: float) -> Contact:
        heading = along + turn
        x, y = self._rod[0] - self._cubes[index][0], self._rod[1] - self._cubes[index][1]
        c, s = cos(heading), sin(heading)
        return Contact(heading, turn, -(x * c + y * s), y * c - x * s)

    def _beside(self, index: int, heading: float, depth: float, offset: float) -> Point:
        x, y = self._cubes[index]
        c, s = cos(heading), sin(heading)
        return x - depth * c - offset * s, y - depth * s + offset * c

    # --- without a cube ------------------------------------------------------------------------------

    def _travel(self, goal: Point) -> NDArray[np.float32]:
        """Goes to `goal` around the cubes and through the entrance."""
        rod = self._rod
        inside = rod[1] > GATE_Y_M
        if inside != (goal[1] > GATE_Y_M):
            goal = (self._passage(rod, goal), GATE_Y_M + (-0.01 if inside else 0.02))
        region = Region() if inside else Region(y=(-1.0, REACHABLE_Y_M))
        if not inside and goal[1] > GATE_Y_M:
            region = Region(x=GATE_X_M) if rod[1] > 0.06 else Region()
        aim = self._clear(next_point(rod, goal, self._cubes, ROOM_M, region))
        if aim != goal:
            distance = hypot(aim[0] - rod[0], aim[1] - rod[1])
            stretch = max(1.0, 0.04 / max(distance, 1e-6))
            aim = (rod[0] + stretch * (aim[0] - rod[0]), rod[1] + stretch * (aim[1] - rod[1]))
        return self._move(np.array(aim))

    def _passage(self, rod: Point, goal: Point) -> float:
        """Returns the x at which the rod passes the entrance on its way to `goal`: beside any cube there."""
        share = (GATE_Y_M - rod[1]) / (goal[1] - rod[1])
        x = min(max(rod[0] + share * (goal[0] - rod[0]), GATE_X_M[0]), GATE_X_M[1])
        for cube_x, cube_y in self._cubes:
            if abs(cube_y - GATE_Y_M) < 0.07 and abs(cube_x - x) < ROOM_M:
                left, right = cube_x - ROOM_M - 0.004, cube_x + ROOM_M + 0.004
                if left < GATE_X_M[0] or (x > cube_x and right < GATE_X_M[1]):
                    return min(right, GATE_X_M[1])
                return left
        return x

    def _clear(self, aim: Point) -> Point:
        """Returns `aim`, or first a point straight off the cube that the rod is too close to."""
        rod = self._rod
        for x, y in self._cubes:
            dx, dy = rod[0] - x, rod[1] - y
            distance = hypot(dx, dy)
            if distance < ROOM_M - 0.006:
                ax, ay = aim[0] - rod[0], aim[1] - rod[1]
                if ax * dx + ay * dy < 0.8 * hypot(ax, ay) * distance:
                    stretch = (ROOM_M + 0.01) / distance
                    return x + dx * stretch, y + dy * stretch
        return aim


def _in_frame(at: Point, origin: Point, way: Point) -> Point:
    """Returns how far `at` is from `origin` along `way`, and how far to the left of it, m."""
    x, y = at[0] - origin[0], at[1] - origin[1]
    return x * way[0] + y * way[1], y * way[0] - x * way[1]
