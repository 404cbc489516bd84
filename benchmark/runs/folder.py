"""The run folder: ``run.json`` (what was run, on what) and ``journal.jsonl`` (what happened)."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ilbench.contract.baseline import TrainedOn
from ilbench.contract.carried import CarriedTasks
from ilbench.digest import json_digest
from ilbench.errors import CorruptFileError, RunFolderError
from ilbench.runs.identity import Episode, EpisodeId, policy_seed
from ilbench.runs.journal import read_journal, to_line
from ilbench.runs.nonce import NONCE_PATTERN, draw_nonce
from ilbench.runs.plan import Block, expand, num_planned
from ilbench.runs.record import EpisodeRecord
from ilbench.runs.submitted import changes
from ilbench.storage import first_problem, write_atomically

if TYPE_CHECKING:
    from pandas import DataFrame

HEADER = "run.json"
JOURNAL = "journal.jsonl"


class SubmissionInfo(BaseModel):
    """What was scored.

    Attributes:
        name: Shown in tables.
        kind: A ``baseline`` by name, a ``folder`` with ``submission.toml``, or an ``object``: named by import
            string, or handed over in memory (`details` then says so).
        entry: Import string, folder entry point or baseline name.
        digest: Digest of weights and code, as far as they are files; equal digests mean equal policies.
        training_seed: Seed of the training, where known.
        privileged: Whether it may look into the simulator; shown as a reference, never ranked.
        details: What the submission says of itself (authors, training data, license, …).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    kind: Literal["baseline", "folder", "object"]
    entry: str
    digest: str
    training_seed: int | None = None
    privileged: bool = False
    details: dict[str, str] = {}


class RunHeader(BaseModel):
    """All that is fixed before the first episode.

    Attributes:
        format: Version of the run folder's format.
        protocol: Version of the evaluation protocol, see `ilbench.runs.identity.PROTOCOL`.
        nonce: What the policy's seeds are drawn from, see `ilbench.runs.nonce`; empty where none was asked
            for, until the run begins, and in runs of protocol 1, which had none.
        width: Rows of every batched policy call, see `ilbench.contract.policy.DEFAULT_WIDTH`.
        submission: What is scored.
        preset: ``smoke``, ``standard``, ``full``, or ``custom`` where contexts or repeats were given.
        plan: The episodes.
        tasks: Spec digest of each task.
        packages: Version of each package that can change a number.
        machine: Where it ran: for reading, never compared.
        created: UTC time of the start, ISO 8601.
        training: What the policy was trained on, by task id, where it is known; never compared, for the
            submission's digest covers its weights.
        policy_packages: What the policy's own interpreter has installed; empty where it has none of its own.
        undeclared: Of the tasks that no installed package declared, what it takes to score them; never
            compared, for the spec digest in `tasks` says whether two are the same.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    protocol: str
    nonce: Annotated[str, Field(pattern=f"{NONCE_PATTERN}|^$")] = ""
    width: int
    submission: SubmissionInfo
    preset: Literal["smoke", "standard", "full", "custom"]
    plan: tuple[Block, ...]
    tasks: dict[str, str]
    packages: dict[str, str]
    machine: dict[str, str]
    created: str
    training: dict[str, TrainedOn] = {}
    policy_packages: dict[str, str] = {}
    undeclared: CarriedTasks = {}

    def identity(self) -> str:
        """Returns the digest of what a resumed run must have in common with the run it resumes."""
        return json_digest(self.model_dump(mode="json", exclude=_NOT_IDENTITY))

    def continues(self, begun: RunHeader) -> bool:
        """Returns whether a run with this header, not begun yet, would go on with one that was begun."""
        return self.identity() == begun.identity() and self.nonce in ("", begun.nonce)

    def with_nonce(self) -> RunHeader:
        """Returns the header with a nonce: its own, or one drawn for it."""
        return self if self.nonce else self.model_copy(update={"nonce": draw_nonce(self.identity())})

    def episode(self, identity: EpisodeId) -> Episode:
        """Returns an episode as it is played in this run."""
        return Episode(identity, policy_seed(identity, self.protocol, self.nonce))


_NOT_IDENTITY = {"nonce", "packages", "machine", "created", "training", "policy_packages", "undeclared"}


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run as it lies on disk.

    Attributes:
        path: The folder.
        header: What was run.
        records: One record an episode, in plan order; of episodes not yet played there is none.
    """

    path: Path
    header: RunHeader
    records: tuple[EpisodeRecord, ...]

    @cached_property
    def missing(self) -> tuple[EpisodeId, ...]:
        """The episodes without a record, or whose record is an ``env_error``: those a resume plays."""
        done = {record.id for record in self.records if record.status != "env_error"}
        return tuple(episode for episode in expand(self.header.plan) if episode not in done)

    @property
    def complete(self) -> bool:
        """Whether every episode of the plan has a record, of whatever status."""
        return len(self.records) == num_planned(self.header.plan)

    def frame(self) -> DataFrame:
        """Returns its episodes, a line each; see `ilbench.runs.frame.episodes_frame`."""
        from ilbench.runs.frame import episodes_frame

        return episodes_frame([self])


def load_run(path: Path | str) -> Run:
    """Returns the run in a folder.

    Raises:
        RunFolderError: There is no run in it.
        CorruptFileError: Header or journal are not what was written.
    """
    path = Path(path)
    header = load_header(path)
    journal = path / JOURNAL
    records = read_journal(journal) if journal.exists() else ()
    return Run(path=path, header=header, records=in_plan_order(journal, header.plan, records))


def load_runs(*paths: Path | str) -> list[Run]:
    """Returns the runs in the folders given, or one or more levels below them, sorted by path.

    Raises:
        RunFolderError: A folder holds no run.
        CorruptFileError: Header or journal of a run are not what was written.
    """
    loaded: list[Run] = []
    for path in map(Path, paths):
        folders = [path] if (path / HEADER).is_file() else sorted(p.parent for p in path.rglob(HEADER))
        if not folders:
            raise RunFolderError(
                f"{path} holds no run: there is no {HEADER} in it; make one with 'ilbench run'"
            )
        loaded.extend(load_run(folder) for folder in folders)
    # Records stay until they are scored: the garbage collector need not walk them meanwhile.
    gc.freeze()
    return loaded


def load_header(path: Path) -> RunHeader:
    """Returns the header of the run in a folder.

    Raises:
        RunFolderError: There is no run in it.
        CorruptFileError: The header does not validate; names file and field.
    """
    file = path / HEADER
    if not file.is_file():
        raise RunFolderError(f"{path} is not a run folder: it has no {HEADER}; make one with 'ilbench run'")
    try:
        return RunHeader.model_validate_json(file.read_bytes())
    except ValidationError as error:
        raise CorruptFileError(file, first_problem(error)) from error


def create_run(path: Path, header: RunHeader) -> None:
    """Makes a run folder with its header, a nonce drawn; an existing run is never overwritten.

    Raises:
        RunFolderError: The folder holds a run, or other files.
    """
    if path.exists() and any(path.iterdir()):
        raise RunFolderError(f"{path} is not empty; choose another folder with --out")
    path.mkdir(parents=True, exist_ok=True)
    write_atomically(path / HEADER, header.with_nonce().model_dump_json(indent=1) + "\n")


def check_resumable(path: Path, header: RunHeader, files: Mapping[str, str] | None = None) -> None:
    """Checks that the run in `path` is the one that `header` describes.

    Args:
        path: The folder.
        header: What is run.
        files: What each file of the submission is, to say which of them changed.

    Raises:
        RunFolderError: It is another submission's, or of another plan, protocol, nonce or task version.
    """
    found = load_header(path)
    if header.continues(found):
        return
    differing = [
        name
        for name in ("protocol", "nonce", "submission", "preset", "plan", "tasks", "width")
        if getattr(found, name) != getattr(header, name) and (name != "nonce" or header.nonce)
    ]
    detail = ""
    if "submission" in differing:
        detail = (
            f" (found {found.submission.name!r} {found.submission.digest[:8]}, "
            f"expected {header.submission.name!r} {header.submission.digest[:8]})"
        )
        changed = changes(path, files or {})
        detail += f": {changed}" if changed else ""
    raise RunFolderError(
        f"{path} holds another run: it differs in {', '.join(differing)}{detail}; "
        "choose another folder with --out, or replace it with --overwrite; nothing was changed"
    )


def seal(run: Run) -> None:
    """Rewrites the journal of a complete run in plan order, so that equal runs make equal files."""
    write_atomically(run.path / JOURNAL, "".join(map(to_line, run.records)))


def in_plan_order(
    journal: Path, plan: Iterable[Block], records: Iterable[EpisodeRecord]
) -> tuple[EpisodeRecord, ...]:
    """Returns one record an episode, in plan order; a later record replaces an ``env_error``.

    Raises:
        CorruptFileError: A record belongs to no planned episode, or an episode was played twice.
    """
    plan, records = tuple(plan), tuple(records)
    if _is_whole(plan, records):
        return records
    order = {episode: index for index, episode in enumerate(expand(plan))}
    latest: dict[EpisodeId, EpisodeRecord] = {}
    for line, record in enumerate(records, start=1):
        before = latest.get(record.id)
        if record.id not in order:
            raise CorruptFileError(journal, f"episode {record.id} is not in the run's plan", line=line)
        if before is not None and before.status != "env_error":
            raise CorruptFileError(journal, f"episode {record.id} is recorded a second time", line=line)
        latest[record.id] = record
    return tuple(sorted(latest.values(), key=lambda record: order[record.id]))


def _is_whole(plan: Sequence[Block], records: Sequence[EpisodeRecord]) -> bool:
    """Returns whether the records are those of the plan, each once and in its order: a sealed run."""
    if len(records) != num_planned(plan) or len({(b.task, b.split) for b in plan}) < len(plan):
        return False
    rest = iter(records)
    return all(
        (record.task, record.split, record.context, record.repeat)
        == (block.task, block.split, context, repeat)
        for block in plan
        for context in range(block.num_contexts)
        for repeat in range(block.num_repeats)
        for record in (next(rest),)
    )


def utc_now() -> str:
    """Returns the present UTC time to the second, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")
