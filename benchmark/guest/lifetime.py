"""How long a helper process lives: no longer than the one that started it."""

from __future__ import annotations

import contextlib
import ctypes
import signal

PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Asks the kernel to end this process when its parent ends, so that nothing is left behind.

    Only Linux can. Elsewhere the process ends when it finds its pipe or socket closed, which is after the
    call of foreign code that it may be in.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
