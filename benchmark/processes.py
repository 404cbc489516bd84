"""What differs between operating systems about processes, in one place."""

from __future__ import annotations

import os
import tempfile


def usable_cores() -> int:
    """Returns how many cores this process may use, at least 1: fewer than there are under a limit."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def open_memory(size: int) -> int:
    """Returns the descriptor of a file of `size` zero bytes that processes can map together.

    It lives in memory where the system can (Linux); elsewhere it is a temporary file without a name, which
    the kernel keeps in its cache. Either is gone when its last descriptor and map are.
    """
    if hasattr(os, "memfd_create"):
        fd = os.memfd_create("ilbench")
    else:
        with tempfile.TemporaryFile() as file:
            fd = os.dup(file.fileno())
    os.ftruncate(fd, size)
    return fd
