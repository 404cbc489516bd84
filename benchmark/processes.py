"""What differs between operating systems about processes, in one place."""

from __future__ import annotations

import os


def usable_cores() -> int:
    """Returns how many cores this process may use, at least 1: fewer than there are under a limit."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
