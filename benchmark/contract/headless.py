"""Drawing without a display: which OpenGL MuJoCo is told to use, decided in this one place."""

from __future__ import annotations

import ctypes
import os
import sys

VARIABLE = "MUJOCO_GL"
LIBRARIES = {"egl": "libEGL.so.1", "osmesa": "libOSMesa.so.8"}
"""Ways to draw without a display, the faster first, and the library that each needs."""


def choose_backend() -> None:
    """Sets ``MUJOCO_GL`` where a display is missing and nobody has set it: ``egl``, else ``osmesa``.

    MuJoCo reads the variable when it is imported, so this has to come first; `Task` sees to it. A value of
    the user's is kept, and where neither library is installed nothing is set: all but drawing works on,
    and `ilbench doctor` says what to install.
    """
    if not sys.platform.startswith("linux") or os.environ.get(VARIABLE):
        return
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return
    backend = next((name for name, library in LIBRARIES.items() if _is_installed(library)), None)
    if backend is not None:
        os.environ[VARIABLE] = backend


def _is_installed(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
