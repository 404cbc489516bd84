"""Files that are written whole or not at all, and the one sentence on what is wrong with one that is read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ilbench.errors import StorageError
from ilbench.plain_text import one_line

if TYPE_CHECKING:
    from pydantic import ValidationError


def write_atomically(path: Path, content: str | bytes) -> None:
    """Writes a file so that a reader, or a crash, finds the old content or the new, never half of it.

    Raises:
        StorageError: The disk refused; the old file is intact.
    """
    data = content.encode() if isinstance(content, str) else content
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise StorageError(
            f"{path}: cannot be written ({error.strerror}); make room and run the same command again"
        ) from error


def first_problem(error: ValidationError, whole: str = "the whole file") -> str:
    """Returns the first thing that pydantic found wrong, with its field and the value that was found."""
    first = error.errors()[0]
    field = ".".join(map(str, first["loc"]))
    found = "" if first["type"] == "missing" else f", found {one_line(repr(first['input']), 100)}"
    return one_line(f"field {field!r}: {first['msg']}{found}" if field else f"{whole}: {first['msg']}")
