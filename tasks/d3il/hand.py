"""The hand of the scripted experts: moves a set-point as a person does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
    """

    def __init__(
        self,
        rng: np.random.Generator,
        num_axes: int = 2,
        pace_m: tuple[float, float] = (0.0095, 0.0009),
        wander_m: tuple[float, float] = (0.0005, 0.0015),
        agility: float = 0.25,
    ) -> None:
        self._rng = rng
        self._num_axes = num_axes
        self.pace_m = pace_m[0] + pace_m[1] * float(np.clip(rng.normal(), -2.0, 2.0))
        self._wander_m = float(rng.uniform(*wander_m))
        self._agility = agility
        self._wander = rng.normal(size=num_axes)
        self._hurry = float(rng.normal())
        self._velocity = np.zeros(num_axes)

    def move(
        self, at: NDArray[np.float64], aim: NDArray[np.float64], haste: float = 1.0, steadiness: float = 0.0
    ) -> NDArray[np.float32]:
        """Returns the change of the set-point, m, shape ``(num_axes,)``.

        Args:
            at: The set-point now, m.
            aim: Where to go; the hand slows down within three steps of it.
            haste: Factor on the pace; less than 1 where care is needed.
            steadiness: From 0 (as unsteady as the hand is) to 1 (no wander).
        """
        self._wander = 0.88 * self._wander + 0.475 * self._rng.normal(size=self._num_axes)
        self._hurry = 0.9 * self._hurry + 0.436 * float(self._rng.normal())
        tremor = (1.0 - steadiness) * self._wander_m * np.clip(self._wander, -2.0, 2.0)
        offset = aim + tremor - at
        distance = float(np.linalg.norm(offset))
        cruise = haste * self.pace_m * (1.0 + 0.12 * float(np.clip(self._hurry, -2.0, 2.0)))
        wanted = offset * (min(cruise, distance / 3.0) / max(distance, 1e-9))
        change = wanted - self._velocity
        size = float(np.linalg.norm(change))
        self._velocity = self._velocity + change * min(1.0, self._agility * self.pace_m / max(size, 1e-9))
        # Rounded to micrometers, so that libraries whose last digits differ between processors still make
        # the same demonstrations.
        return self._velocity.round(6).astype(np.float32)
