"""The journal of a run: one canonical JSON line per finished episode, only ever appended to.

Every line carries the digest of its record (times excepted), so that a line which was cut or edited is
named by file and line number. A process that is killed while writing leaves at most one line without
an end; `Journal.open` drops that line, and its episode is played again.
"""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from pydantic import ValidationError

from ilbench.digest import DIGEST_HEX, bytes_digest, canonical_json
from ilbench.errors import CorruptFileError, StorageError
from ilbench.runs.record import EpisodeRecord

DIGEST_FIELD = b',"digest":"'
TIMES_FIELD = b',"times":{'
REMEDY = "restore the file, or move the run folder away and run again"


def to_line(record: EpisodeRecord) -> str:
    """Returns the journal line of a record, with its digest and a line end."""
    return canonical_json({**record.content(), "digest": record.digest()}) + "\n"


def read_journal(path: Path) -> tuple[EpisodeRecord, ...]:
    """Returns the records of a journal in file order.

    Raises:
        CorruptFileError: A line is cut, edited, or not a record; names file and line.
    """
    with path.open("rb") as file, _without_collector():
        return tuple(_records(path, file))


class Journal:
    """An open journal that records are appended to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        # Unbuffered: a buffer would try to write a refused line again when the file is closed.
        self._file = path.open("ab", buffering=0)
        self._size = self._file.tell()

    @classmethod
    def open(cls, path: Path) -> Journal:
        """Returns the journal opened for appending, without a last line that was not finished."""
        content = path.read_bytes() if path.exists() else b""
        num_whole = content.rfind(b"\n") + 1
        if num_whole < len(content):
            os.truncate(path, num_whole)
        return cls(path)

    def append(self, record: EpisodeRecord) -> None:
        """Writes one record and hands it to the operating system.

        Raises:
            StorageError: The disk refused it; the journal is left as it was before the call.
        """
        line = to_line(record).encode()
        rest = memoryview(line)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            os.ftruncate(self._file.fileno(), self._size)
            raise StorageError(
                f"cannot write to {self.path}: {error.strerror}; the {self._size} bytes written so far are "
                "intact: make room and run the same command again to resume"
            ) from error
        self._size += len(line)

    def close(self) -> None:
        """Closes the file, once all of it is on the disk."""
        os.fsync(self._file.fileno())
        self._file.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._file.closed:
            self.close()


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


def _records(path: Path, lines: Iterable[bytes]) -> Iterator[EpisodeRecord]:
    for number, line in enumerate(lines, start=1):
        yield _as_written(line) or _record(path, number, line)


def _as_written(line: bytes) -> EpisodeRecord | None:
    """Returns the record of a line in the very form of `to_line`; None for any other, which may be sound too.

    Such a line without its digest and times is the text that the digest was made of, so nothing has to be
    written anew to compare them. A quote inside a JSON string has a backslash before it, so what is looked
    for is never found inside a reason.
    """
    digest_at, times_at = line.find(DIGEST_FIELD), line.find(TIMES_FIELD)
    digest_end, times_end = digest_at + len(DIGEST_FIELD) + DIGEST_HEX + 1, line.find(b"}", times_at) + 1
    if not 0 < digest_at < digest_end < times_at < times_end or not line.endswith(b"}\n"):
        return None
    digested = line[:digest_at] + line[digest_end:times_at] + line[times_end:-1]
    if line[digest_at + len(DIGEST_FIELD) : digest_end] != b'%s"' % bytes_digest(digested).encode():
        return None
    try:
        return EpisodeRecord.from_json(line[:digest_at] + line[digest_end:])
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
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise CorruptFileError(path, _explain(error), line=number, remedy=REMEDY) from error
    if record.digest() != digest:
        raise CorruptFileError(
            path,
            f"the record was edited: its digest is {record.digest()}, expected {digest}",
            line=number,
            remedy=REMEDY,
        )
    return record


def _explain(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        return f"field {place!r}: {first['msg']}, found {first['input']!r}"
    if isinstance(error, json.JSONDecodeError):
        return f"expected a JSON record, found {error.doc[:40]!r} ({error.msg})"
    return "expected a JSON object with the field 'digest'"
