"""The journal of a run: one canonical JSON line per finished episode, only ever appended to.

Every line carries the digest of its record (times excepted), so that a line which was cut or edited is
named by file and line number. A process that is killed while writing leaves at most one line without
an end; `Journal.open` drops that line, and its episode is played again.
"""

from __future__ import annotations

import gc
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from pydantic import ValidationError

from ilbench.digest import DIGEST_HEX, canonical_json
from ilbench.errors import CorruptFileError
from ilbench.plain_text import one_line
from ilbench.runs.digested_json import REMEDY
from ilbench.runs.journal_file import journal_lines
from ilbench.runs.lines import LineFile
from ilbench.runs.record import EpisodeRecord
from ilbench.storage import first_problem

DIGEST_FIELD = b',"digest":"'
TIMES_FIELD = b',"times":{'


def to_line(record: EpisodeRecord) -> str:
    """Returns the journal line of a record, with its digest and a line end."""
    return canonical_json({**record.content(), "digest": record.digest()}) + "\n"


def read_journal(path: Path) -> tuple[EpisodeRecord, ...]:
    """Returns the records of a journal, packed or not, in file order.

    Raises:
        CorruptFileError: A line is cut, edited, or not a record; names file and line. Or it is no regular
            file.
    """
    with _without_collector():
        return tuple(_records(path))


class Journal:
    """An open journal that records are appended to."""

    def __init__(self, file: LineFile) -> None:
        self._file = file

    @classmethod
    def open(cls, path: Path) -> Journal:
        """Returns the journal opened for appending, without a last line that was not finished.

        Raises:
            StorageError: The disk refused.
        """
        return cls(LineFile.open(path))

    def append(self, record: EpisodeRecord) -> None:
        """Writes one record and hands it to the operating system.

        Raises:
            StorageError: The disk refused it; the journal is left as it was before the call.
        """
        self._file.append(to_line(record))

    def close(self) -> None:
        """Closes the file, once all of it is on the disk."""
        self._file.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.__exit__(kind, error, trace)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Stops the cyclic garbage collector: it would walk all records again and again, which hold no cycle."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _records(path: Path) -> Iterator[EpisodeRecord]:
    for number, line in enumerate(journal_lines(path), start=1):
        yield _as_written(line) or _record(path, number, line)


def _as_written(line: bytes) -> EpisodeRecord | None:
    """Returns the record of a line in the very form of `to_line`; None for any other, which may be sound too.

    Such a line without its digest and times is the text that the digest was made of, so nothing has to be
    written anew to compare them. A quote inside a JSON string has a backslash before it, so what is looked
    for is never found inside a reason.
    """
    digest_at = line.find(DIGEST_FIELD)
    digest_end = digest_at + len(DIGEST_FIELD) + DIGEST_HEX + 1
    if digest_at < 0 or not line.endswith(b"}\n"):
        return None
    record = line[:digest_at] + line[digest_end:]
    times_at = record.find(TIMES_FIELD, digest_at)
    times_end = record.find(b"}", times_at) + 1
    if not 0 < times_at < times_end:
        return None
    digest = hashlib.sha256(record[:times_at] + record[times_end:-1]).hexdigest()[:DIGEST_HEX]
    if line[digest_end - DIGEST_HEX - 1 : digest_end] != b'%s"' % digest.encode():
        return None
    try:
        return EpisodeRecord.from_json(record)
    except ValidationError:
        return None


def _record(path: Path, number: int, line: bytes) -> EpisodeRecord:
    if not line.endswith(b"\n"):
        raise CorruptFileError(
            path,
            "the line is cut off: expected a whole JSON record",
            line=number,
            remedy="if the run was killed, resume it with the command that started it",
        )
    try:
        content = json.loads(line)
        digest = content.pop("digest")
        record = EpisodeRecord.model_validate(content)
        found = record.digest()
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise CorruptFileError(path, _explain(error), line=number, remedy=REMEDY) from error
    if found != digest:
        raise CorruptFileError(
            path,
            f"the record was edited: its digest is {found}, expected {one_line(str(digest), 40)}",
            line=number,
            remedy=REMEDY,
        )
    return record


def _explain(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return one_line(first_problem(error, "the record"))
    if isinstance(error, json.JSONDecodeError):
        return f"expected a JSON record, found {error.doc[:40]!r} ({error.msg})"
    return "expected a JSON object with the field 'digest'"
