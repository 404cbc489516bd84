"""What went wrong in code that is not ours, in one line."""

from __future__ import annotations

import os
import sysconfig
import traceback

LIBRARIES = tuple({sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")})


def describe(error: BaseException) -> str:
    """Returns one line that says what was raised and where: type, message, file and line.

    The line is the innermost one that is not of a library: where its author can mend it. An error that no
    line outside of libraries had a part in names the innermost of all.
    """
    frames = traceback.extract_tb(error.__traceback__)
    text = summary(error)
    if not frames:
        return text
    last = next((frame for frame in reversed(frames) if not _is_of_library(frame.filename)), frames[-1])
    return f"{text} ({os.path.basename(last.filename)}:{last.lineno}, in {last.name})"  # noqa: PTH119


def summary(error: BaseException) -> str:
    """Returns one line of at most 500 characters that says what was raised: type and message."""
    try:
        message = str(error)
    except BaseException:  # its class is foreign code, too
        message = "(its message cannot be told)"
    line = " ".join(f"{type(error).__name__}: {message}".split())[:500]
    return line.encode(errors="ignore").decode()  # without lone surrogates, which no message can hold


def _is_of_library(filename: str) -> bool:
    return (
        filename.startswith((*LIBRARIES, "<frozen"))
        or f"{os.sep}site-packages{os.sep}" in filename
        or f"{os.sep}dist-packages{os.sep}" in filename
    )
