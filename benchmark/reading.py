"""The boundary where files of others are read: they end in a value, or in one clean error that names them.

Whatever else a reader does, it takes bytes through `read_bytes` or `open_regular`, which look at what the
path is before they read, and it parses them within `reading`.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from itertools import islice
from pathlib import Path

from ilbench.errors import CorruptFileError, ILBenchError
from ilbench.plain_text import one_line

MAX_NAMED = 20
"""Names that a message lists."""
NAME_LIMIT = 60
"""Characters of each."""


@contextmanager
def reading(path: Path, expected: str, *, remedy: str = "") -> Iterator[None]:
    """Turns whatever is raised inside into one clean error; those of ours pass as they are.

    Running out of memory or of stack counts: a hostile or damaged file can raise anything on its way. What
    does not pass is a missing package, which is not the file's fault.

    Args:
        path: The file that is read.
        expected: What it should have been, for the message: ``a whole HDF5 file``.
        remedy: The way out.

    Raises:
        CorruptFileError: Anything was raised.
    """
    try:
        yield
    except (ILBenchError, ImportError):
        raise
    except OSError as error:
        raise CorruptFileError(path, f"cannot be read ({error.strerror or error})", remedy=remedy) from error
    except Exception as error:
        why = one_line(f"{type(error).__name__}: {error}", 300)
        raise CorruptFileError(path, f"not {expected} ({why})", remedy=remedy) from error


def open_regular(path: Path, max_bytes: int, *, remedy: str = "") -> BufferedReader:
    """Returns an open file, after a look at what it is: a pipe or a device may give bytes for ever, or none.

    Raises:
        CorruptFileError: It is missing, no regular file, or larger than `max_bytes`.
    """
    with reading(path, "a regular file", remedy=remedy):
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        found = os.fstat(descriptor)
        problem = ""
        if not stat.S_ISREG(found.st_mode):
            problem = f"expected a regular file, found {_KINDS.get(stat.S_IFMT(found.st_mode), 'none')}"
        elif found.st_size > max_bytes:
            problem = f"{found.st_size} bytes, expected at most {max_bytes}"
        if problem:
            os.close(descriptor)
            raise CorruptFileError(path, problem, remedy=remedy)
    return os.fdopen(descriptor, "rb")


def read_bytes(path: Path, max_bytes: int, *, remedy: str = "") -> bytes:
    """Returns a file's content.

    Raises:
        CorruptFileError: It is missing, no regular file, or larger than `max_bytes`.
    """
    with open_regular(path, max_bytes, remedy=remedy) as file, reading(path, "a file", remedy=remedy):
        content = file.read(max_bytes + 1)  # a file that is written to meanwhile, or of /proc, has no end
        if len(content) > max_bytes:
            raise CorruptFileError(path, f"expected at most {max_bytes} bytes, found more", remedy=remedy)
    return content


def listed(names: Iterable[object]) -> str:
    """Returns names that stand in a file as one printable line of bounded length, or ``nothing``."""
    first = [one_line(str(name), NAME_LIMIT) for name in islice(names, MAX_NAMED + 1)]
    return ", ".join([*first[:MAX_NAMED], *["…"] * (len(first) > MAX_NAMED)]) or "nothing"


_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}
