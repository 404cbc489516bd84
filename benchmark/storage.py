"""Files that are written whole or not at all, and the one sentence on what is wrong with one that is read."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ilbench.errors import StorageError
from ilbench.plain_text import one_line

if TYPE_CHECKING:
    from pydantic import ValidationError

UNFINISHED = ".ilbench-unfinished-"
"""How the name of whatever is not finished yet begins: a killed process leaves it, and it means nothing."""


def write_atomically(path: Path, content: str | bytes) -> None:
    """Writes a file so that a reader, or a crash, finds the old content or the new, never half of it.

    Raises:
        StorageError: The disk refused; the old file is intact.
    """
    data = content.encode() if isinstance(content, str) else content
    temporary = unfinished(path)
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise StorageError(
            f"{path}: cannot be written ({error.strerror}); make room and run the same command again"
        ) from error


def unfinished(path: Path) -> Path:
    """Returns the name, beside `path`, of what is not `path` yet, or is about to go."""
    return path.with_name(f"{UNFINISHED}{os.getpid()}-{path.name}")


def is_unfinished(path: Path) -> bool:
    """Returns whether this is what a killed process left of something that it wrote or deleted."""
    return path.name.startswith(UNFINISHED)


def remove_unfinished(folder: Path) -> None:
    """Deletes what killed processes left in a folder that no other process writes to.

    Raises:
        StorageError: The disk refused.
    """
    for left in [path for path in folder.iterdir() if is_unfinished(path)]:
        remove(left)


def remove(path: Path) -> None:
    """Deletes a file or a folder with all that is in it; a link is deleted, not what it leads to.

    Raises:
        StorageError: The disk refused.
    """
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"{error.filename or path}: cannot be deleted ({error.strerror})") from error


def sync_folder(folder: Path) -> None:
    """Has the names in a folder on the disk, so that a power failure does not undo a rename.

    Where a folder cannot be synced (some network file systems), it is as safe as it can be.
    """
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def first_problem(error: ValidationError, whole: str = "the whole file") -> str:
    """Returns the first thing that pydantic found wrong, with its field and the value that was found."""
    first = error.errors()[0]
    field = ".".join(map(str, first["loc"]))
    found = "" if first["type"] == "missing" else f", found {one_line(repr(first['input']), 100)}"
    return one_line(f"field {field!r}: {first['msg']}{found}" if field else f"{whole}: {first['msg']}")
