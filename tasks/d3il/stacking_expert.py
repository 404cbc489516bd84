"""The scripted expert of the Stacking tasks: picks and places the objects in any order asked for."""

from __future__ import annotations

from collections.abc import Mapping
from math import atan2, cos, hypot, pi, sin
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ilbench.tasks.d3il.arm_path import ArmPath
from ilbench.tasks.d3il.hand import Hand
from ilbench.tasks.d3il.layout import TABLE_Z_M, Pose, Situation
from ilbench.tasks.d3il.stacking import LAYOUT, STEP_M, TARGET, ZONE_M

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment

LEVER_M = 0.3
"""A turn of the hand by one radian takes as long as a way of this length."""

OPEN_M, GRASP_M = 0.09, 0.06
"""Commanded widths, as far to either side of the 75 mm that tell opening from closing."""

WIDEST_M = 0.08
"""How far the gripper opens."""

HOLDING_M = 0.066
"""A gripper that has closed on an object of 60 mm measures less."""

PACE_M = (0.0095, 0.0008)
"""Mean and standard deviation of the pace, m a control step."""

WANDER_M = (0.0003, 0.001)
"""Range of how far the hand trembles, m."""

AGILITY = 0.15
BRAKE_STEPS = 5.0
"""See `Hand`: it speeds up as gently as the arm, which swings with a period of 20 to 30 steps, can follow."""

TRAVEL_M = (0.10, 0.14)
"""Range of how high above its goal the hand travels."""

BOW = (-0.25, 0.25)
"""Range of how far to the side of its goal the hand sets out, as a share of the way."""

HOVER_M = 0.05
"""How high above its goal the hand stops until it is straight above it."""

STRAIGHT_M = 0.005
"""How far beside its goal the hand may be when it goes down."""

PRESSED_M = 0.002
"""How far below its goal the hand aims, so that it gets there."""

SCATTER_M = (0.006, 0.002)
"""Standard deviation of where the first object is put, and of the others on the one below; cut at twice."""

BASE_M, TOP_M = 0.04, 0.022
"""How far from the target the first object counts as placed, and from the one below the others."""


ASIDE = (0.64, 0.12)
"""Where to put what was in the way."""

BESIDE_M = 0.13
"""Closer than this to what it has placed, seen from above, the hand may touch it."""


class Aim(NamedTuple):
    """Where the hand is to be: x, y, z in m, its yaw in rad; how fast it goes there, and the width, m."""

    pose: tuple[float, float, float, float]
    haste: float
    width: float


class StackingExpert:
    """Brings the first object of its order that is not in its place there, and so on.

    What it does next follows from the path so far, the width and the objects' poses, but for the order, which
    the seed or the caller chooses, and each episode's own heights and scatter: it lifts before it crosses,
    stops above its goal, goes down, closes or opens, and takes up again what has slipped.
    """

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Prepares for an episode of `env`, an `ArmEnv` that has just been reset."""
        self._rng = rng = np.random.default_rng(seed)
        raw: Any = env.unwrapped
        self._env = raw
        drawn = int(rng.integers(len(raw.rules.orders)))
        self._order: tuple[int, ...] = raw.rules.orders[drawn if mode is None else mode]
        self._width = OPEN_M
        self._path = ArmPath(raw.set_point[:7], raw.control_period_s)
        self._hand = Hand(
            rng, num_axes=4, pace_m=PACE_M, wander_m=WANDER_M, agility=AGILITY, brake_steps=BRAKE_STEPS
        )
        self._travel_m = float(rng.uniform(*TRAVEL_M))
        self._depth_m = float(rng.uniform(-0.002, 0.008))
        self._bow = float(rng.uniform(*BOW))
        spread = np.clip(rng.normal(size=(len(LAYOUT.bodies), 2)), -2.0, 2.0)
        self._scatter = spread * np.array([SCATTER_M[0], SCATTER_M[1], SCATTER_M[1]])[:, None]
        self._place_yaw = 0.06 * np.clip(rng.normal(size=len(LAYOUT.bodies)), -2.0, 2.0)

    def act(self, observation: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Returns the changes of the commanded joints in rad and the width in m, shape (8,)."""
        here = self._path.pose
        aim = self._aim(here, self._env.width)
        at = np.array(here) * _SCALE
        moved = (at + self._hand.move(at, np.array(aim.pose) * _SCALE, aim.haste)) / _SCALE
        x, y, z, yaw = moved.tolist()
        commanded = self._path.go((x, y, z, yaw), self._env.inertia)
        # Rounded to a millionth, so that libraries whose last digits differ between processors still make
        # the same demonstrations.
        turns = (commanded - self._env.set_point[:7]).round(6)
        self._width = aim.width
        return np.array([*turns, aim.width], np.float32)

    # --- what to do next -----------------------------------------------------------------------------

    def _aim(self, here: tuple[float, ...], width: float) -> Aim:
        """Returns what to do, from the tool's set-point and the measured width."""
        stay = (here[0], here[1], here[2], here[3])
        if self._width == OPEN_M:
            if width < 0.077:
                return Aim(stay, 1.0, OPEN_M)
            return self._fetch(stay)
        if width > HOLDING_M:
            return Aim(stay, 1.0, GRASP_M)
        held = self._gripped()
        if held is None:
            return Aim(stay, 1.0, OPEN_M)
        return self._bring(stay, held)

    def _fetch(self, here: tuple[float, float, float, float]) -> Aim:
        """Returns the way to the first object that is not in its place, or to what is in its way, or up."""
        situation = self._situation
        missing = [index for rank, index in enumerate(self._order) if not self._is_placed(rank)]
        if not missing:
            return Aim((here[0], here[1], here[2] + HOVER_M, here[3]), 0.7, OPEN_M)
        index, yaw = missing[0], self._grasp_yaw(missing[0])
        blockers = self._blockers(index, yaw)
        if blockers:
            index, yaw = blockers[0], self._grasp_yaw(blockers[0])
        pose = situation.objects[index]
        goal = (pose.x, pose.y, max(pose.z + self._depth_m, TABLE_Z_M + 0.02), yaw)
        off = self._distance(here, goal)
        if off < STRAIGHT_M and abs(situation.tool[2] - goal[2]) < 0.005:
            return Aim(here, 1.0, GRASP_M)
        nearest = min(other.distance(*here[:3]) for other in situation.objects)
        return Aim(self._along(here, goal, off), _eased(nearest - 0.01), OPEN_M)

    def _bring(self, here: tuple[float, float, float, float], held: int) -> Aim:
        """Returns the way to the place of the object in the gripper, which opens when it is there.

        What was in the way of another one is put aside.
        """
        situation = self._situation
        pose, tool = situation.objects[held], situation.tool
        rank = self._order.index(held) if held in self._order else 0
        x, y, z = self._place(rank)
        if held not in self._order or not all(self._is_placed(below) for below in range(rank)):
            (x, y), z = ASIDE, TABLE_Z_M + _half_height(pose, held)
        goal = (
            x + tool[0] - pose.x,
            y + tool[1] - pose.y,
            z + tool[2] - pose.z - PRESSED_M,
            float(self._place_yaw[rank]),
        )
        off = self._distance(here, goal)
        if off < 2 * STRAIGHT_M and pose.z < z + 0.002:
            return Aim(here, 1.0, OPEN_M)
        clear = min(pose.z - _half_height(pose, held) - TABLE_Z_M, hypot(off, here[2] - goal[2]))
        return Aim(self._along(here, goal, off), _eased(clear), GRASP_M)

    def _along(
        self, here: tuple[float, float, float, float], goal: tuple[float, float, float, float], off: float
    ) -> tuple[float, float, float, float]:
        """Returns where to head for: up, across, and down when straight above the goal."""
        hover = _ramp((off - STRAIGHT_M) / 0.008)
        travel = HOVER_M * hover + (self._travel_m - HOVER_M) * _ramp((off - 0.015) / 0.12)
        over_stack = hover * self._height_over_stack(here)
        z = max(goal[2] + travel, over_stack)
        low = min(here[2], self._situation.tool[2]) + 0.01
        rise = max((goal[2] + travel - low) / 0.06, (over_stack - low) / 0.025, 0.0)
        across = max(0.0, 1.0 - rise) ** 2
        x, y = goal[0] - here[0], goal[1] - here[1]
        bow = self._bow * _ramp((hypot(x, y) - 0.02) / 0.1)
        return (
            here[0] + across * (x - bow * y),
            here[1] + across * (y + bow * x),
            z,
            here[3] + across * (goal[3] - here[3]),
        )

    @property
    def _situation(self) -> Situation:
        situation: Situation = self._env.situation
        return situation

    # --- what is the case ----------------------------------------------------------------------------

    def _distance(self, here: tuple[float, ...], goal: tuple[float, ...]) -> float:
        """Returns how far tool and set-point are from straight above a goal, m; turns count on 50 mm."""
        x, y, _ = self._situation.tool
        turn = max(abs(here[3] - goal[3]), abs(float(self._env.tool_yaw) - goal[3]))
        return max(hypot(x - goal[0], y - goal[1]), hypot(here[0] - goal[0], here[1] - goal[1]), 0.05 * turn)

    def _height_over_stack(self, here: tuple[float, ...]) -> float:
        """Returns how high the hand must be to leave what it has placed without touching it, m."""
        height = 0.0
        for rank, index in enumerate(self._order):
            if not self._is_placed(rank):
                break
            pose = self._situation.objects[index]
            if pose.distance(here[0], here[1]) < BESIDE_M:
                height = pose.z + _half_height(pose, index) + HOVER_M
        return height

    def _grasp_yaw(self, index: int) -> float:
        """Returns the hand's yaw, of those that bring the fingers to opposite faces the one nearest to 0.

        One that would bring a finger upon another object is only taken when all do.
        """
        objects = self._situation.objects
        pose, half_size = objects[index], LAYOUT.bodies[index].blocks[0].half_size
        level = [
            (axis[0], axis[1])
            for axis, half in zip(_axes(pose), half_size, strict=True)
            if abs(axis[2]) < 0.5 and half < WIDEST_M / 2
        ]
        yaws = ((atan2(y, x) % pi) - pi / 2 for x, y in level)
        return min(yaws, key=lambda yaw: abs(yaw) + pi * bool(self._blockers(index, yaw)), default=0.0)

    def _blockers(self, index: int, yaw: float) -> list[int]:
        """Returns the objects on which a finger would come down beside another one."""
        objects = self._situation.objects
        pose, x, y = objects[index], -0.05 * sin(yaw), 0.05 * cos(yaw)
        return [
            i
            for i, other in enumerate(objects)
            if i != index
            and abs(other.z - pose.z) < 0.05
            and min(other.distance(pose.x + x, pose.y + y), other.distance(pose.x - x, pose.y - y)) < 0.05
        ]

    def _gripped(self) -> int | None:
        """Returns the object between the fingers."""
        situation = self._situation
        near = [
            index
            for index, pose in enumerate(situation.objects)
            if situation.held[index] and pose.distance(*situation.tool) < 0.03
        ]
        return near[0] if near else None

    def _place(self, rank: int) -> tuple[float, float, float]:
        """Returns where the center of the object of a rank in the order is to be."""
        objects = self._situation.objects
        pose = objects[self._order[rank]]
        dx, dy = self._scatter[rank].tolist()
        half = _half_height(pose, self._order[rank])
        if rank == 0:
            return TARGET[0] + dx, TARGET[1] + dy, TABLE_Z_M + half
        below = objects[self._order[rank - 1]]
        return below.x + dx, below.y + dy, below.z + _half_height(below, self._order[rank - 1]) + half

    def _is_placed(self, rank: int) -> bool:
        pose = self._situation.objects[self._order[rank]]
        x, y, z = self._place(rank)
        if rank == 0:
            return pose.distance(*TARGET) < BASE_M and abs(pose.z - z) < 0.01
        near = pose.distance(x, y) < TOP_M and pose.distance(*TARGET) < ZONE_M
        return near and abs(pose.z - z) < STEP_M / 2


_SCALE = np.array([1.0, 1.0, 1.0, LEVER_M])


def _ramp(share: float) -> float:
    """Returns a smooth rise from 0 to 1 while `share` does."""
    share = min(max(share, 0.0), 1.0)
    return share * share * (3.0 - 2.0 * share)


def _eased(clear_m: float) -> float:
    """Returns the haste of a hand so far from where it grasps or puts down: it starts and ends slowly."""
    return 0.3 + 0.7 * _ramp(clear_m / 0.05)


def _axes(pose: Pose) -> list[list[float]]:
    """Returns the directions of an object's own axes."""
    w, x, y, z = pose[3:]
    return [
        [1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)],
        [2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)],
        [2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)],
    ]


def _half_height(pose: Pose, index: int) -> float:
    """Returns how far an object's center is above its lowest point, m."""
    w, x, y, z = pose[3:]
    length, width, height = LAYOUT.bodies[index].blocks[0].half_size
    return (
        abs(2 * (x * z - w * y)) * length
        + abs(2 * (y * z + w * x)) * width
        + abs(1 - 2 * (x * x + y * y)) * height
    )
