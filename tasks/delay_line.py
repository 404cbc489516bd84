"""Actions on their way to the actuators, where a disturbance makes them late."""

from __future__ import annotations

from collections import deque
from copy import copy
from typing import Generic, TypeVar

T = TypeVar("T")


class DelayLine(Generic[T]):
    """Actions on their way; what comes out before the first one is rest.

    Args:
        rest: The action that does the least.
        delay: Control steps that an action waits; without any it passes as it is.
    """

    def __init__(self, rest: T, delay: int) -> None:
        self._waiting = deque([rest] * delay)

    def __call__(self, action: T) -> T:
        """Takes in an action, of which it keeps a copy, and returns the one that is due."""
        if not self._waiting:
            return action
        self._waiting.append(copy(action))
        return self._waiting.popleft()
