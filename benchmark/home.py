"""The folder of what this project keeps on a machine beside its runs."""

from __future__ import annotations

import os
from pathlib import Path

HOME_VARIABLE = "ILBENCH_HOME"


def cache_folder() -> Path:
    """Returns the folder of all that can be made again: ``$ILBENCH_HOME``, else ``~/.cache/ilbench``."""
    home = os.environ.get(HOME_VARIABLE)
    return Path(home).expanduser() if home else Path.home() / ".cache" / "ilbench"
