"""What went wrong in code that is not ours, in one line."""

from __future__ import annotations

import os
import traceback


def describe(error: BaseException) -> str:
    """Returns one line that says what was raised and where: type, message, innermost file and line."""
    frames = traceback.extract_tb(error.__traceback__)
    text = " ".join(f"{type(error).__name__}: {error}".split())[:500]
    if not frames:
        return text
    last = frames[-1]
    return f"{text} ({os.path.basename(last.filename)}:{last.lineno}, in {last.name})"  # noqa: PTH119
