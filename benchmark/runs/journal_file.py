"""Where a run's journal lies: ``journal.jsonl``, or packed in a bundle: the same lines, compressed."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from ilbench.errors import CorruptFileError
from ilbench.reading import open_regular, reading
from ilbench.runs.digested_json import REMEDY

JOURNAL = "journal.jsonl"
PACKED = "journal.jsonl.gz"
"""The journal of a run that is whole: nothing is appended to it any more."""
MAX_BYTES = 2**35
"""More than the records of a run of the largest plan take, packed or not."""
MAX_LINE_BYTES = 2**20


def journal_of(folder: Path) -> Path:
    """Returns the journal of a run folder, which may not be there yet.

    Raises:
        CorruptFileError: There are two, of which nobody knows which is meant.
    """
    plain, packed = folder / JOURNAL, folder / PACKED
    if not packed.exists():
        return plain
    if plain.exists():
        raise CorruptFileError(packed, f"expected one journal, found {JOURNAL} beside it", remedy=REMEDY)
    return packed


def journal_lines(path: Path, max_bytes: int = MAX_BYTES) -> Iterator[bytes]:
    """Yields the lines of a journal with their ends, those of a packed one unpacked.

    Args:
        path: From `journal_of`.
        max_bytes: What all lines together may take: a small file may unpack to a large one.

    Raises:
        CorruptFileError: It is no regular file, too large, or not what was packed.
    """
    with open_regular(path, max_bytes, remedy=REMEDY) as file, reading(path, "lines", remedy=REMEDY):
        if path.name != PACKED:
            yield from iter(partial(file.readline, MAX_LINE_BYTES), b"")
            return
        left = max_bytes
        with gzip.GzipFile(fileobj=file, mode="rb") as unpacked:
            for line in iter(partial(unpacked.readline, MAX_LINE_BYTES), b""):
                left -= len(line)
                if left < 0:
                    problem = f"expected at most {max_bytes} bytes when unpacked, found more"
                    raise CorruptFileError(path, problem, remedy=REMEDY)
                yield line


def packed(content: bytes) -> bytes:
    """Returns a journal's content compressed, with nothing in it of when, where and by whom.

    The same content gives the same bytes under the same version of zlib.
    """
    target = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=target, compresslevel=9, mtime=0) as file:
        file.write(content)
    return target.getvalue()
