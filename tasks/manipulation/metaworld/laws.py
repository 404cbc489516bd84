"""Feedback laws for the tasks that Meta-World's own policies solve in less than 95 % of the test contexts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment

    Vector = NDArray[np.float64]

OPEN, CLOSED = -1.0, 1.0
POSITION_GAIN = 10.0
"""Action per meter of error: a full action moves the hand's target by 1 cm."""

EMPTY_OPENING = 0.9
"""Gripper openings above are those of an open hand."""

SETTLED = 0.003
"""Change of the opening in a step below which closing fingers have met something."""


class GraspLaw:
    """Comes down on object 1 through a funnel, closes, and carries it once the fingers have met it.

    There are no timers and no phases: what to do follows from where hand and object are. Episodes differ
    in speed and in the slope of the funnel.
    """

    grasp_at: tuple[float, float, float] = (-0.005, 0.0, 0.02)
    """The hand's position at the grasp, relative to the object, m."""

    sideways_m = 0.02
    """The fingers close, and stay closed, where the hand is sideways no farther from the grasp than this."""

    upward_m = 0.03
    """The same for the height."""

    funnel_m = 0.12
    """The funnel's greatest height above the grasp."""

    effort = CLOSED

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Draws speed and slope for one episode."""
        del env, mode
        rng = np.random.default_rng(seed)
        self._speed = rng.uniform(0.8, 1.0)
        self._slope = rng.uniform(2.0, 4.0)

    def act(self, observation: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Returns the hand step (3) and the gripper effort (1)."""
        state = observation["state"].astype(float)
        hand, opening, before = state[:3], state[3], state[21]
        to_grasp = state[4:7] + self.grasp_at - hand
        sideways = float(np.hypot(to_grasp[0], to_grasp[1]))
        if sideways > self.sideways_m or abs(to_grasp[2]) > self.upward_m:
            hover = np.clip(self._slope * (sideways - 0.5 * self.sideways_m), 0.0, self.funnel_m)
            return self._action(to_grasp + np.array([0.0, 0.0, hover - 0.01]), OPEN)
        if opening > EMPTY_OPENING or before - opening > SETTLED:
            return self._action(to_grasp, self.effort)
        return self._action(self.carry(hand, state[4:7], state[11:14], state[36:39]), self.effort)

    def carry(self, hand: Vector, held: Vector, other: Vector, goal: Vector) -> Vector:
        """Returns where the hand goes from here with what it holds, m; the gain is `POSITION_GAIN`."""
        raise NotImplementedError

    def _action(self, move: Vector, grip: float) -> NDArray[np.float32]:
        step = np.clip(POSITION_GAIN * move, -self._speed, self._speed)
        return np.append(step, grip).astype(np.float32)


class BasketballExpert(GraspLaw):
    """Lifts the ball above the rim, then carries it over the basket."""

    def carry(self, hand: Vector, held: Vector, other: Vector, goal: Vector) -> Vector:
        """Returns the move toward the basket, upward only below the rim."""
        move = goal - held
        move[2] = 0.33 - held[2]
        if move[2] > 0.04:
            move[:2] = 0.0
        return move


class ShelfPlaceExpert(GraspLaw):
    """Lifts the block in front of the shelf, then carries it over the board."""

    def carry(self, hand: Vector, held: Vector, other: Vector, goal: Vector) -> Vector:
        """Returns the move toward the shelf, not forward before height and side are right."""
        move: Vector = goal + np.array([0.0, 0.0, 0.02]) - held
        if abs(move[0]) > 0.03 or move[2] > 0.03:
            move[1] = min(move[1], 0.0)
        return move


class DragExpert(GraspLaw):
    """Takes the object between the fingers and drags it over the table to the goal."""

    def carry(self, hand: Vector, held: Vector, other: Vector, goal: Vector) -> Vector:
        """Returns the move to the goal, along the table."""
        move = goal - held
        move[2] = -0.01
        return move


class BoxCloseExpert(GraspLaw):
    """Lifts the lid by its handle above the box, then carries it over the box."""

    grasp_at = (0.0, 0.0, 0.065)

    def carry(self, hand: Vector, held: Vector, other: Vector, goal: Vector) -> Vector:
        """Returns the move to the box, upward only below its rim."""
        move = goal - held
        if move[2] > 0.04:
            move[:2] = 0.0
        return move


class DisassembleExpert(GraspLaw):
    """Takes the nut by its handle and lifts it off the peg."""

    grasp_at = (-0.02, 0.0, 0.03)

    def carry(self, hand: Vector, held: Vector, other: Vector, goal: Vector) -> Vector:
        """Returns a move straight up."""
        return np.array([0.0, 0.0, 0.1])


class PegInsertExpert(GraspLaw):
    """Lifts the peg, brings it before the hole and pushes it in."""

    upward_m = 0.04
    clearance_m = 0.3
    """Distance of the grasp from the goal at which the peg's tip is still outside of the hole."""

    def carry(self, hand: Vector, held: Vector, other: Vector, goal: Vector) -> Vector:
        """Returns the move to the hole, not forward before the peg is in line with it."""
        move = goal - held
        if np.hypot(move[1], move[2]) > 0.015:
            move[0] = max(move[0] + self.clearance_m, 0.0)
        return move


class StickPullExpert(GraspLaw):
    """Puts the stick through the thermos's handle and moves the thermos to the goal with it."""

    grasp_at = (-0.015, 0.0, 0.03)

    def carry(self, hand: Vector, held: Vector, other: Vector, goal: Vector) -> Vector:
        """Returns the move to the handle; once the stick is through, what the handle lacks to the goal."""
        to_handle = other - held + (-0.015, 0.0, 0.0)
        if abs(held[0] - other[0]) < 0.06:
            return np.array([*(2.0 * (goal - other)[:2]), to_handle[2]])
        if np.hypot(to_handle[1], to_handle[2]) > 0.02:
            to_handle[0] = 0.0
        return to_handle


class DoorOpenExpert(GraspLaw):
    """Comes down behind the handle with closed fingers and pulls it along."""

    grasp_at = (0.015, 0.025, 0.0)
    sideways_m = 0.05
    upward_m = 0.05

    def act(self, observation: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Returns the hand step (3) and the gripper effort (1)."""
        state = observation["state"].astype(float)
        hand, handle = state[:3], state[4:7]
        to_grasp = handle + self.grasp_at - hand
        sideways = float(np.hypot(to_grasp[0], to_grasp[1]))
        if sideways > self.sideways_m or abs(to_grasp[2]) > self.upward_m:
            hover = np.clip(self._slope * (sideways - 0.02), 0.0, self.funnel_m)
            return self._action(to_grasp + np.array([0.0, 0.0, hover]), CLOSED)
        return self._action(2.5 * (handle - (0.05, 0.0, 0.0) - hand), CLOSED)
