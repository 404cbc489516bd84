"""Waiting for the other side of a network: for a moment awake, then asleep.

A process that sleeps takes 50 to 100 µs to be woken, and the one that wakes it pays a part of that. Where an
answer comes sooner it is cheaper to look for it again and again. Not so beside a policy's process of the same
machine: there the workers use all processors, and who looks takes one from who has something to do.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    Found = TypeVar("Found")

SPIN_S = 400e-6
"""So long a process looks awake: a few lanes of a fast environment take less, a slow one makes it sleep."""
GIVEN_WAY_S = 20e-6
"""Who gives way for longer has others waiting for the processor, and goes to sleep."""


class Spin:
    """Whether to wait awake: only if the last wait was short, so that it is in vain once and not for ever."""

    def __init__(self) -> None:
        self._can = hasattr(os, "sched_yield") and (os.cpu_count() or 1) > 1
        self._is_brisk = False

    def find(self, look: Callable[[], Found | None], start: float) -> Found | None:
        """Returns what `look` finds within a moment; None if that is nothing, or the last wait was long.

        Args:
            look: Returns what has come, at once.
            start: When the wait began, by the monotonic clock.
        """
        if not self._is_brisk:
            return None
        before = now = start
        while now - start < SPIN_S and now - before < GIVEN_WAY_S:
            found = look()
            if found is not None:
                return found
            before = time.monotonic()
            os.sched_yield()  # whoever else has something to do comes first
            now = time.monotonic()
        return None

    def note(self, waited_s: float) -> None:
        """Takes note of how long a wait was in the end."""
        self._is_brisk = self._can and waited_s < SPIN_S
