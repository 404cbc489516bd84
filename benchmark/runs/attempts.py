"""What a run folder says beside its records: when it was started, and which episodes were played again.

``attempts.jsonl`` is no part of the records and of no digest: equal runs may have come about differently. It
is there so that everybody can see how a run came about: a policy that is played again whenever it brings its
worker down has more than one try, and that must not stay hidden.
"""

from __future__ import annotations

import os
import socket
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from ilbench.errors import CorruptFileError, StorageError
from ilbench.plain_text import one_line
from ilbench.reading import open_regular, reading
from ilbench.runs.identity import EpisodeId
from ilbench.runs.journal import to_line
from ilbench.runs.lines import LineFile
from ilbench.runs.record import EpisodeRecord
from ilbench.storage import first_problem

ATTEMPTS = "attempts.jsonl"
"""Name of the file, in the run folder."""

MAX_BYTES = 2**30
MAX_LINE_BYTES = 2**20


class Start(BaseModel):
    """A process began to play into the folder.

    Attributes:
        kind: ``start``.
        at: UTC time, ISO 8601.
        pid: The process.
        host: The machine's name.
        num_records: How many records were there.
        machine: What of the machine is not as the header says.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["start"] = "start"
    at: str
    pid: int
    host: str
    num_records: int
    machine: dict[str, str] = {}


class End(BaseModel):
    """A process stopped playing; a start that no end follows was killed.

    Attributes:
        kind: ``end``.
        at: UTC time, ISO 8601.
        why: ``finished``, or the error that stopped it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["end"] = "end"
    at: str
    why: str


class Attempt(BaseModel):
    """An episode was played, and this is not its record: it was played again.

    Attributes:
        kind: ``attempt``.
        task: Task id.
        split: Split name.
        context: Index of the context.
        repeat: Repetition.
        status: What this attempt came to, such as ``env_error``.
        reason: Why, in one line.
        line: The line that stood in the journal, where there was one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["attempt"] = "attempt"
    task: str
    split: str
    context: int
    repeat: int
    status: str
    reason: str | None
    line: str | None = None

    @property
    def id(self) -> EpisodeId:
        """The episode's identity."""
        return EpisodeId(self.task, self.split, self.context, self.repeat)


Entry: TypeAlias = Annotated[Start | End | Attempt, Field(discriminator="kind")]
_ENTRIES: TypeAdapter[Start | End | Attempt] = TypeAdapter(Entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """How a run came about.

    Attributes:
        num_starts: How many processes have played into its folder; 0 where nobody counted.
        attempts: What was played and is not in the records, in the order in which it happened.
    """

    num_starts: int = 0
    attempts: tuple[Attempt, ...] = ()

    def replaced(self) -> str:
        """Returns which episodes were played more than once, in one line; empty where none was."""
        num_episodes = len({attempt.id for attempt in self.attempts})
        if not num_episodes:
            return ""
        counts = Counter(attempt.status for attempt in self.attempts).most_common()
        return (
            f"{num_episodes} episode{'s were' if num_episodes > 1 else ' was'} played more than once: "
            + ", ".join(f"{count} {one_line(status, 40)}" for status, count in counts)
            + f"; {self.num_starts} start{'s' * (self.num_starts != 1)}"
        )


class AttemptLog:
    """The open file of a run's starts and attempts, which are appended to it."""

    def __init__(self, file: LineFile) -> None:
        self._file = file

    def attempt(self, episode: EpisodeId, status: str, reason: str | None, line: str | None = None) -> None:
        """Writes that an episode was played, and will be played again.

        Args:
            episode: Which.
            status: What it came to.
            reason: Why, in one line.
            line: What stood in the journal, where it did.

        Raises:
            StorageError: The disk refused it.
        """
        self._append(_attempt(episode, status, reason, line))

    def start(self, num_records: int, machine: Mapping[str, str]) -> None:
        """Writes that this process begins to play."""
        self._append(
            Start(
                at=_now(),
                pid=os.getpid(),
                host=socket.gethostname(),
                num_records=num_records,
                machine=dict(machine),
            )
        )

    def end(self, why: str) -> None:
        """Writes that this process stops playing."""
        self._append(End(at=_now(), why=one_line(why)))

    def _append(self, entry: Start | End | Attempt) -> None:
        self._file.append(entry.model_dump_json() + "\n")


@contextmanager
def attempt_log(folder: Path) -> Iterator[AttemptLog]:
    """Yields the log of a run folder, open for appending.

    Raises:
        StorageError: The disk refused.
    """
    with LineFile.open(folder / ATTEMPTS) as file:
        yield AttemptLog(file)


@contextmanager
def started(
    folder: Path, num_records: int, header_machine: Mapping[str, str], machine: Mapping[str, str]
) -> Iterator[AttemptLog]:
    """Yields the log of a run folder, with a line on this process's start, and at last one on its end.

    Args:
        folder: Of the run.
        num_records: How many records are there.
        header_machine: Where the run was begun.
        machine: Where it goes on.

    Raises:
        StorageError: The disk refused.
    """
    with attempt_log(folder) as log:
        other = {name: value for name, value in machine.items() if header_machine.get(name) != value}
        log.start(num_records, other)
        try:
            yield log
        except BaseException as error:
            with suppress(StorageError):  # the error that is under way says more
                log.end(f"{type(error).__name__}: {error}")
            raise
        log.end("finished")


def keep_replaced(folder: Path, replaced: Iterable[EpisodeRecord]) -> None:
    """Writes records that are about to leave the journal into the log, each once however often this is begun.

    Raises:
        StorageError: The disk refused.
    """
    lines = {to_line(record): record for record in replaced}
    for entry in _entries(folder / ATTEMPTS):
        if entry.kind == "attempt" and entry.line is not None:
            lines.pop(entry.line, None)
    if lines:
        with attempt_log(folder) as log:
            for line, record in lines.items():
                log.attempt(record.id, record.status, record.reason, line)


def load_history(folder: Path, replaced: Iterable[EpisodeRecord] = ()) -> History:
    """Returns how the run in a folder came about, as far as it was written down.

    Args:
        folder: Of the run.
        replaced: Records that others replaced and that are in the journal still.

    Raises:
        CorruptFileError: The file is no regular one, too large, or a line of it is not what was written.
    """
    entries = list(_entries(folder / ATTEMPTS))
    attempts = [entry for entry in entries if entry.kind == "attempt"]
    kept = {attempt.line for attempt in attempts}
    for record in replaced:
        if (line := to_line(record)) not in kept:
            attempts.append(_attempt(record.id, record.status, record.reason, line))
    return History(
        num_starts=sum(entry.kind == "start" for entry in entries),
        attempts=tuple(attempts),
    )


def _attempt(episode: EpisodeId, status: str, reason: str | None, line: str | None) -> Attempt:
    kept = None if reason is None else one_line(reason)
    return Attempt(**episode._asdict(), status=status, reason=kept, line=line)


def _entries(path: Path) -> Iterator[Start | End | Attempt]:
    if not path.exists():
        return
    with open_regular(path, MAX_BYTES) as file, reading(path, "lines of JSON"):
        for number, line in enumerate(iter(lambda: file.readline(MAX_LINE_BYTES), b""), start=1):
            if not line.endswith(b"\n") and len(line) < MAX_LINE_BYTES:
                return  # a process was killed while it wrote
            try:
                yield _ENTRIES.validate_json(line)
            except ValidationError as error:
                raise CorruptFileError(path, first_problem(error, "the line"), line=number) from error


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
