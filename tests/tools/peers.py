"""Where environments with other projects are, for tests that need one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

FOLDER = "ILBENCH_LIBRARY_ENVS"


def interpreter(name):
    """Returns the interpreter of an environment, or skips the test."""
    python = Path(os.environ.get(FOLDER, "/nowhere"), name, "bin", "python")
    if not python.exists():
        pytest.skip(f"needs the environment {name!r} below the folder that {FOLDER} names")
    return python
