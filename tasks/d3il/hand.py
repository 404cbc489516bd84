"""The hands of the scripted experts: they move a set-point, or the tool of D3IL's arm, as a person does."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


LEAD_M = 0.03
"""How far the set-point may be from the tool, m, while nothing is pushed: an arm that is held up presses
harder the farther it leads."""

KEPT = np.array([0.517, 0.883, 0.85])
DRAWN = np.array([0.569, 0.142, 0.23])
DRAWN_BEFORE = np.array([-0.426, -0.101, -0.19])
"""How the free tool moves in a control step, outwards from the base, around it and upwards: by a share of its
last move, and shares of its distances to the set-points of this step and of the last. Fitted by least squares
to free motion at D3IL's timing all over the table, where it is wrong by 0.3 mm (root mean square; upwards
0.8 mm)."""

TRUST = (0.3, 0.1)
"""By what shares of its error in place a prediction of place and move is corrected. Measurements alone, which
lag behind what the model does not know of, made the tool swing by 2 mm."""


class Hand:
    """Moves towards aims that the expert names at every step, smoothly, at its own pace and with a tremor.

    Beside the aim the hand wanders (an Ornstein-Uhlenbeck process over about a third of a second), its pace
    rises and falls likewise, and its velocity changes by no more than a share of the pace in a step, so
    that it turns in arcs and neither starts nor stops at once.

    Args:
        rng: Draws pace, unsteadiness and every step's tremor.
        num_axes: 2 or 3.
        pace_m: Mean and standard deviation of the cruise, m a control step; cut at two deviations.
        wander_m: Range of the standard deviation of the aim, m.
        agility: Largest change of the velocity in a step, as a share of the cruise.
        brake_steps: So many steps before the aim the hand begins to slow down.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        num_axes: int = 2,
        pace_m: tuple[float, float] = (0.0095, 0.0009),
        wander_m: tuple[float, float] = (0.0005, 0.0015),
        agility: float = 0.25,
        brake_steps: float = 3.0,
    ) -> None:
        self._rng = rng
        self._num_axes = num_axes
        self.pace_m = pace_m[0] + pace_m[1] * float(np.clip(rng.normal(), -2.0, 2.0))
        self._wander_m = float(rng.uniform(*wander_m))
        self._agility = agility
        self._brake_steps = brake_steps
        self._wander = rng.normal(size=num_axes)
        self._hurry = float(rng.normal())
        self._velocity = np.zeros(num_axes)

    def move(
        self, at: NDArray[np.float64], aim: NDArray[np.float64], haste: float = 1.0, steadiness: float = 0.0
    ) -> NDArray[np.float32]:
        """Returns the change of the set-point, m, shape ``(num_axes,)``.

        Args:
            at: The set-point now, m.
            aim: Where to go; the hand slows down within `brake_steps` of it.
            haste: Factor on the pace; less than 1 where care is needed.
            steadiness: From 0 (as unsteady as the hand is) to 1 (no wander).
        """
        self._wander = 0.88 * self._wander + 0.475 * self._rng.normal(size=self._num_axes)
        self._hurry = 0.9 * self._hurry + 0.436 * float(self._rng.normal())
        tremor = (1.0 - steadiness) * self._wander_m * np.minimum(np.maximum(self._wander, -2.0), 2.0)
        offset = aim + tremor - at
        distance = sqrt(offset @ offset)
        cruise = haste * self.pace_m * (1.0 + 0.12 * min(max(self._hurry, -2.0), 2.0))
        wanted = offset * (min(cruise, distance / self._brake_steps) / max(distance, 1e-9))
        change = wanted - self._velocity
        size = sqrt(change @ change)
        self._velocity = self._velocity + change * min(1.0, self._agility * self.pace_m / max(size, 1e-9))
        # Rounded to micrometers, so that libraries whose last digits differ between processors still make
        # the same demonstrations.
        return self._velocity.round(6).astype(np.float32)


class ToolHand:
    """Moves the tool of D3IL's arm as a `Hand` moves, though that arm is underdamped.

    It knows how the tool answers to set-points and says the set-point that brings it where a hand would:
    over goals all over the table the tool overshoots by 0.2 mm at most, with three axes by 1.7 mm. It keeps
    track of place and move of the tool by prediction, corrected by what is measured.

    Args:
        rng: Draws pace, unsteadiness and every step's tremor.
        num_axes: 2 or 3.
        pace_m: As of `Hand`, of the tool.
        wander_m: As of `Hand`.
        agility: As of `Hand`.
        brake_steps: As of `Hand`.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        num_axes: int = 2,
        pace_m: tuple[float, float] = (0.0095, 0.0009),
        wander_m: tuple[float, float] = (0.0005, 0.0015),
        agility: float = 0.2,
        brake_steps: float = 4.0,
    ) -> None:
        self._hand = Hand(rng, num_axes, pace_m, wander_m, agility, brake_steps)
        self._place: NDArray[np.float64] | None = None
        self._last: NDArray[np.float64] = np.zeros(num_axes)
        self._moved = np.zeros(num_axes)
        self._kept, self._drawn, self._before = (gains[:num_axes] for gains in (KEPT, DRAWN, DRAWN_BEFORE))

    def move(
        self,
        at: NDArray[np.float64],
        tool: NDArray[np.float64],
        aim: NDArray[np.float64],
        haste: float = 1.0,
        steadiness: float = 0.0,
        lead_m: float = LEAD_M,
    ) -> NDArray[np.float32]:
        """Returns the change of the set-point, m, shape ``(num_axes,)``.

        Args:
            at: The set-point now, m.
            tool: The measured tool, m.
            aim: Where the tool has to go.
            haste: Factor on the pace; less than 1 where care is needed.
            steadiness: From 0 (as unsteady as the hand is) to 1 (no wander).
            lead_m: How far the set-point may be from the tool.
        """
        turn = _polar(tool)
        place = self._observe(at, tool, turn)
        wanted = turn @ self._hand.move(tool, aim, haste, steadiness)
        pull = wanted - self._kept * (turn @ self._moved) - self._before * (turn @ (at - place))
        lead = place - tool + (pull / self._drawn) @ turn
        lead *= min(1.0, lead_m / max(sqrt(lead @ lead), 1e-9))
        change: NDArray[np.float32] = (tool + lead - at).round(6).astype(np.float32)
        return change

    def _observe(
        self, at: NDArray[np.float64], tool: NDArray[np.float64], turn: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Takes in where the tool has come to, and returns where it is held to be."""
        if self._place is None:
            self._place = tool
        else:
            place, last = self._place, self._last
            moved = self._kept * (turn @ self._moved) + self._drawn * (turn @ (at - place))
            moved = (moved + self._before * (turn @ (last - place))) @ turn
            error = tool - place - moved
            self._place, self._moved = place + moved + TRUST[0] * error, moved + TRUST[1] * error
        self._last = at
        return self._place


def _polar(tool: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the matrix whose rows point outwards from the base, around it and, with three axes, upwards."""
    x, y = tool[:2].tolist()
    size = sqrt(x * x + y * y)
    turn = np.eye(len(tool))
    turn[0, :2], turn[1, :2] = (x / size, y / size), (-y / size, x / size)
    return turn
