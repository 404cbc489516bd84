"""What a shift does to an episode beside its start: a context's optional entries, and their meaning."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.task import Context

PIXELS_PER_M = 4000.0
"""Standard deviation of an image's noise in gray levels, a meter of that of the state: 2 mm are 8 levels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbance:
    """The part of a context that a shift adds; as it stands here, nothing is disturbed.

    Attributes:
        friction: Factor on the friction of everything.
        mass: Factor on the mass of every object.
        action_delay: Control steps that an action waits before it is executed.
        observation_noise_m: Standard deviation of the Gaussian noise on observed positions, m; white, drawn
            from the episode's seed. Commanded values are known exactly and stay clean.
    """

    friction: float = 1.0
    mass: float = 1.0
    action_delay: int = 0
    observation_noise_m: float = 0.0


def disturbance_of(context: Context) -> Disturbance:
    """Returns the disturbance of a context."""
    return Disturbance(**context.get("disturbance", {}))


class DelayLine:
    """Actions on their way to the robot; what comes out before the first one is rest."""

    def __init__(self, rest: NDArray[np.floating[Any]], delay: int) -> None:
        self._waiting = deque(rest.copy() for _ in range(delay))

    def __call__(self, action: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
        """Takes in an action and returns the one that is due."""
        if not self._waiting:
            return action
        self._waiting.append(action.copy())
        return self._waiting.popleft()
