"""What went wrong in code that is not ours, in one line.

Whatever was raised, nothing here raises: the error's own code, which makes its message, may fail too.
"""

from __future__ import annotations

import os
import sysconfig
import traceback
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LIBRARIES = tuple({sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")})
MESSAGE_CHARACTERS = 500
"""Bound of type and message."""
PLACE_CHARACTERS = 200
"""Bound of the name of a file, and of that of a function."""
_READ = 10_000
"""So many characters of a message are looked at."""
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def describe(error: BaseException) -> str:
    """Returns one printable line that says what was raised and where: type, message, file and line.

    The line is the innermost one that is not of a library: where its author can mend it. An error that no
    line outside of libraries had a part in names the innermost of all.
    """
    places = list(_places(error))
    text = summary(error)
    if not places:
        return text
    file, line, name = next((place for place in reversed(places) if not _is_of_library(place[0])), places[-1])
    file = _one_line(os.path.basename(file), PLACE_CHARACTERS)  # noqa: PTH119
    return f"{text} ({file}:{line}, in {_one_line(name, PLACE_CHARACTERS)})"


def summary(error: BaseException) -> str:
    """Returns one printable line that says what was raised: type and message."""
    return _one_line(f"{type(error).__name__}: {_message(error)}", MESSAGE_CHARACTERS)


def describe_trace(error: BaseException) -> str:
    """Returns the traceback of an error as Python prints it; without the source where that cannot be had."""
    try:
        return "".join(traceback.format_exception(type(error), error, error.__traceback__))
    except Exception:  # a module's own loader is asked for its source
        return "".join(f'  File "{file}", line {line}, in {name}\n' for file, line, name in _places(error))


def _places(error: BaseException) -> Iterator[tuple[str, int, str]]:
    """Yields file, line and function of each frame, the innermost last, without a look at any source."""
    for frame, line in traceback.walk_tb(error.__traceback__):
        yield frame.f_code.co_filename, line, frame.f_code.co_name


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException as failed:
        return f"(no message: {type(failed).__name__} while it was made)"


def _one_line(text: str, limit: int) -> str:
    kept = (c for c in text[:_READ] if c.isspace() or unicodedata.category(c) not in _UNPRINTABLE)
    return " ".join("".join(kept).split())[:limit]


def _is_of_library(filename: str) -> bool:
    return (
        filename.startswith((*LIBRARIES, "<frozen"))
        or f"{os.sep}site-packages{os.sep}" in filename
        or f"{os.sep}dist-packages{os.sep}" in filename
    )
