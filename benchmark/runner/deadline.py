"""How long a run may take: what has been played by then stays, and the same command goes on with the rest."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from ilbench.errors import ILBenchError

Item = TypeVar("Item")


class RunTimeoutError(ILBenchError):
    """A run that took longer than it may. It is resumable, as one that was stopped from the keyboard."""


def until(
    limit_s: float | None, items: Iterable[Item], total: int, now: Callable[[], float] = time.monotonic
) -> Iterator[Item]:
    """Yields the items until the time is over, which is looked at after each.

    Args:
        limit_s: How long all of them may take; None for as long as it takes.
        items: Each takes its time, and what has come is not lost.
        total: How many there are.
        now: Tells the time in seconds.

    Raises:
        RunTimeoutError: The time is over, and there are more items.
    """
    end = math.inf if limit_s is None else now() + limit_s
    for number, item in enumerate(items, start=1):
        yield item
        if number < total and now() > end:
            raise RunTimeoutError(
                f"the run took longer than {limit_s:g} s, which is all that it may; every episode so far is "
                "kept, and the same command goes on with the rest"
            )
