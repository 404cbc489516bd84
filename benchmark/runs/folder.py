"""The run folder: ``run.json`` (what was run, on what) and ``journal.jsonl`` (what happened)."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ilbench.arithmetic import Arithmetic
from ilbench.contract.baseline import TrainedOn
from ilbench.contract.carried import CarriedTasks
from ilbench.contract.policy import Sandbox
from ilbench.digest import json_digest
from ilbench.errors import CorruptFileError, RunFolderError
from ilbench.plain_text import one_line
from ilbench.reading import reading
from ilbench.runs.attempts import History, keep_replaced, load_history
from ilbench.runs.digested_json import DIGEST, REMEDY, digest_problem, read_json_object, to_digested_json
from ilbench.runs.identity import PROTOCOLS, Episode, EpisodeId, policy_seed
from ilbench.runs.journal import read_journal, to_line
from ilbench.runs.lock import LOCK
from ilbench.runs.nonce import NONCE_PATTERN, draw_nonce
from ilbench.runs.order import InOrder, in_plan_order
from ilbench.runs.plan import MAX_EPISODES, Block, Positive, expand, num_planned
from ilbench.runs.record import EpisodeRecord
from ilbench.runs.seeds import find_wrong_seed
from ilbench.runs.submission_info import Served, SubmissionInfo
from ilbench.runs.submitted import changes
from ilbench.storage import first_problem, is_unfinished, write_atomically

if TYPE_CHECKING:
    from pandas import DataFrame

HEADER = "run.json"
JOURNAL = "journal.jsonl"
REPLACED = ".replaced"
"""Folder, in a run folder, of the run that is being replaced."""


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
        arithmetic: How simulators and policy computed, ``fixed`` if both did so; None in older runs.
        machine: Where it ran: for reading, never compared.
        created: UTC time of the start, ISO 8601.
        training: What the policy was trained on, by task id, where known; never compared: its weights are.
        policy_packages: What the policy's own interpreter has installed; empty where it has none of its own.
        served: What the server of a remote policy said of itself; never compared, for the submission's digest
            is what it reported.
        sandbox: What the policy's process was kept in; never compared, but a run does not go on outside.
        undeclared: Of the tasks that no package declared, what it takes to score them; never compared, for
            the spec digests in `tasks` are.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    protocol: str
    nonce: Annotated[str, Field(pattern=f"{NONCE_PATTERN}|^$")] = ""
    width: Positive
    submission: SubmissionInfo
    preset: Literal["smoke", "standard", "full", "custom"]
    plan: tuple[Block, ...]
    tasks: dict[str, str]
    packages: dict[str, str]
    arithmetic: Arithmetic | None = None
    machine: dict[str, str]
    created: str
    training: dict[str, TrainedOn] = {}
    policy_packages: dict[str, str] = {}
    served: Served | None = None
    sandbox: Sandbox = "none"
    undeclared: CarriedTasks = {}

    def identity(self) -> str:
        """Returns the digest of what a resumed run must have in common with the run it resumes."""
        return json_digest(self.model_dump(mode="json", exclude=_NOT_IDENTITY))

    def continues(self, begun: RunHeader) -> bool:
        """Returns whether a run with this header, not begun yet, would go on with one that was begun.

        It does not under other versions or another arithmetic, nor outside of its sandbox.
        """
        is_same = self.identity() == begun.identity() and self.nonce in ("", begun.nonce)
        return is_same and not any(self.drift(begun))

    def drift(self, begun: RunHeader) -> Iterator[str]:
        """Yields what must be as a run was begun and is not: sandbox, arithmetic, versions of packages."""
        if begun.sandbox not in ("none", self.sandbox):
            yield f"the sandbox {begun.sandbox}, now {self.sandbox}"
        if begun.arithmetic not in (None, self.arithmetic):
            yield f"{begun.arithmetic} arithmetic, now {self.arithmetic}"
        policy = (begun.policy_packages, self.policy_packages, " of the policy's interpreter")
        for was, now, whose in ((begun.packages, self.packages, ""), policy):
            for name in was.keys() & now.keys() - _INSTALLERS:
                if was[name] != now[name]:
                    yield f"{name} {was[name]}, now {now[name]}{whose}"

    def with_nonce(self) -> RunHeader:
        """Returns the header with a nonce: its own, or one drawn for it."""
        return self if self.nonce else self.model_copy(update={"nonce": draw_nonce(self.identity())})

    def episode(self, identity: EpisodeId) -> Episode:
        """Returns an episode as it is played in this run."""
        return Episode(identity, policy_seed(identity, self.protocol, self.nonce))


_COMPARED_APART = {"nonce", "packages", "arithmetic", "policy_packages"}
_NOT_IDENTITY = {*_COMPARED_APART, "sandbox", "machine", "created", "training", "served", "undeclared"}
_INSTALLERS = {"pip", "setuptools", "wheel"}


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run as it lies on disk.

    Attributes:
        path: The folder.
        header: What was run.
        records: One record an episode, in plan order; of episodes not yet played there is none.
        history: How they came about; two runs of equal records are equal runs, whatever their history.
    """

    path: Path
    header: RunHeader
    records: tuple[EpisodeRecord, ...]
    history: History = field(default=History(), compare=False)

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
        RunFolderError: There is no run in it, or one of an unknown protocol.
        CorruptFileError: Header or journal are not what was written, or say what cannot be.
    """
    path = Path(path)
    header = load_header(path)
    return _run(path, header, read_records(path, header))


def load_sealed(path: Path) -> Run:
    """Returns the run in a folder that is played into; one that was killed before it was sealed is sealed.

    Raises:
        RunFolderError: See `load_run`.
        CorruptFileError: See `load_run`.
        StorageError: The disk refused.
    """
    header = load_header(path)
    found = read_records(path, header)
    run = _run(path, header, found)
    if run.complete and not found.is_sealed:
        seal(run, found.replaced)
    return run


def _run(path: Path, header: RunHeader, found: InOrder) -> Run:
    history = load_history(path, found.replaced)
    return Run(path=path, header=header, records=found.records, history=history)


def read_records(path: Path, header: RunHeader) -> InOrder:
    """Returns the records in a folder, those of another run refused.

    Raises:
        CorruptFileError: A line is not what was written, is not of the plan, or has other seeds than its
            episode.
    """
    journal = path / JOURNAL
    records = read_journal(journal) if journal.exists() else ()
    wrong = find_wrong_seed(records, header.protocol, header.nonce)
    if wrong is not None:
        raise CorruptFileError(
            journal,
            f"field {wrong.field!r}: found {wrong.found}, expected {wrong.expected}, which is that of "
            f"{records[wrong.place].id} in this run",
            line=wrong.place + 1,
            remedy=REMEDY,
        )
    return in_plan_order(journal, header.plan, records)


def load_runs(*paths: Path | str) -> list[Run]:
    """Returns the runs in the folders given, or one or more levels below them, sorted by path.

    Raises:
        RunFolderError: A folder holds no run.
        CorruptFileError: Header or journal of a run are not what was written.
    """
    loaded: list[Run] = []
    for path in map(Path, paths):
        folders = [path] if (path / HEADER).is_file() else sorted(_below(path))
        if not folders:
            raise RunFolderError(
                f"{path} holds no run: there is no {HEADER} in it; make one with 'ilbench run'"
            )
        loaded.extend(load_run(folder) for folder in folders)
    # Records stay until they are scored: the garbage collector need not walk them meanwhile.
    gc.freeze()
    return loaded


def _below(path: Path) -> Iterator[Path]:
    """Yields the run folders below a folder, but for hidden ones: a run that is being replaced lies there."""
    for found in path.rglob(HEADER):
        if not any(part.startswith(".") for part in found.relative_to(path).parts):
            yield found.parent


def load_header(path: Path, like: RunHeader | None = None) -> RunHeader:
    """Returns the header of the run in a folder.

    Headers of protocol 1 may lack their digest: they were written before there was one.

    Args:
        path: The folder.
        like: What a header that was edited is compared with, for the message.

    Raises:
        RunFolderError: There is no run in it, or one of an unknown protocol.
        CorruptFileError: The header does not validate, or was edited; names file and field.
    """
    file = path / HEADER
    if not file.is_file():
        raise RunFolderError(f"{path} is not a run folder: it has no {HEADER}; make one with 'ilbench run'")
    content = read_json_object(file)
    has_digest = DIGEST in content
    with reading(file, "the header of a run", remedy=REMEDY):
        edited = digest_problem(content)
    try:
        header = RunHeader.model_validate(content)
    except ValidationError as error:
        raise CorruptFileError(file, one_line(first_problem(error)), remedy=REMEDY) from error
    if edited and (has_digest or header.protocol != "1"):
        raise CorruptFileError(file, edited + _unlike(header, like), remedy=REMEDY)
    if header.protocol not in PROTOCOLS:
        raise RunFolderError(
            f"{file}: the run was recorded under protocol {one_line(header.protocol, 40)}; this version knows"
            f" the protocols {' and '.join(PROTOCOLS)}: install the version of ILBench that made it"
        )
    if problem := _contradiction(header):
        raise CorruptFileError(file, problem, remedy=REMEDY)
    return header


def _contradiction(header: RunHeader) -> str | None:
    """Returns what in a header cannot be beside the rest, or None."""
    lacking = {block.task for block in header.plan} - header.tasks.keys()
    if header.protocol != "1" and not header.nonce:
        return f"field 'nonce': found none, expected one under protocol {header.protocol}"
    if lacking:
        name = one_line(min(lacking), 80)
        return f"field 'tasks': expected every task of the plan, found none called {name!r}"
    if num_planned(header.plan) > MAX_EPISODES:
        return f"field 'plan': found {num_planned(header.plan)} episodes, expected at most {MAX_EPISODES}"
    return None


def _unlike(header: RunHeader, like: RunHeader | None) -> str:
    """Returns in which fields a header is not like another, as an addition to a message."""
    if like is None:
        return ""
    found = []
    for name in ("protocol", "width", "submission", "preset", "plan", "tasks"):
        if getattr(header, name) != getattr(like, name):
            found.append(name)
    found += [f"packages: {change}" for change in like.drift(header)]
    return f"; what is asked for differs in {one_line(', '.join(found))}" if found else ""


def create_run(path: Path, header: RunHeader) -> None:
    """Makes a run folder with its header, a nonce drawn; an existing run is never overwritten.

    Raises:
        RunFolderError: The folder holds a run, or other files.
    """
    if not is_vacant(path):
        raise RunFolderError(f"{path} is not empty; choose another folder with --out")
    path.mkdir(parents=True, exist_ok=True)
    write_atomically(path / HEADER, to_digested_json(header.with_nonce().model_dump(mode="json")))


def is_vacant(path: Path) -> bool:
    """Returns whether a folder is free for a run: not there, or with nothing but what killed ones left."""
    return not path.exists() or all(p.name in (LOCK, REPLACED) or is_unfinished(p) for p in path.iterdir())


def check_resumable(path: Path, header: RunHeader, files: Mapping[str, str] | None = None) -> None:
    """Checks that the run in `path` is the one that `header` describes.

    Args:
        path: The folder.
        header: What is run.
        files: What each file of the submission is, to say which of them changed.

    Raises:
        RunFolderError: It is another submission's, or of another plan, protocol, nonce or task version; or it
            was begun with other versions of packages.
    """
    found = load_header(path, header)
    if header.continues(found):
        return
    differing = [
        name
        for name in ("protocol", "nonce", "submission", "preset", "plan", "tasks", "width")
        if getattr(found, name) != getattr(header, name) and (name != "nonce" or header.nonce)
    ]
    if not differing:
        raise RunFolderError(
            f"{path} was begun with {'; '.join(header.drift(found))}: another version may play other "
            "episodes, and one run holds those of one; install what it was begun with, choose another folder "
            "with --out, or replace it with --overwrite; nothing was changed"
        )
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


def seal(run: Run, replaced: Iterable[EpisodeRecord] = ()) -> None:
    """Rewrites the journal of a complete run in plan order, so that equal runs make equal files.

    Args:
        run: The run.
        replaced: Records in its journal that others replaced: they are kept beside it.

    Raises:
        StorageError: The disk refused; the journal is as it was.
    """
    keep_replaced(run.path, replaced)
    write_atomically(run.path / JOURNAL, "".join(map(to_line, run.records)))


def utc_now() -> str:
    """Returns the present UTC time to the second, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")
