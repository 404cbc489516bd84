"""One evaluation run, from submission to sealed run folder."""

from __future__ import annotations

import os
import platform
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal

from ilbench.arithmetic import Arithmetic, wanted_arithmetic
from ilbench.contract.carried import carried
from ilbench.contract.policy import Sandbox
from ilbench.contract.registry import load_registry
from ilbench.contract.task import Task, installed_version
from ilbench.errors import RunFolderError, UsageError
from ilbench.processor import processor_name
from ilbench.runner.deadline import until
from ilbench.runner.lineup import ONE_WORKER, FewerLanesWarning, Lineup, Resources
from ilbench.runner.probing import probe_tasks
from ilbench.runner.start import start_scheduler
from ilbench.runner.submissions.submission import Submission
from ilbench.runs.attempts import AttemptLog, started
from ilbench.runs.folder import (
    HEADER,
    JOURNAL,
    Run,
    RunHeader,
    create_run,
    load_run,
    load_sealed,
    utc_now,
)
from ilbench.runs.identity import PROTOCOL
from ilbench.runs.journal import Journal
from ilbench.runs.nonce import check_nonce
from ilbench.runs.plan import Block
from ilbench.runs.record import EpisodeRecord
from ilbench.runs.resuming import check_resumable
from ilbench.runs.submitted import keep_files

PresetName = Literal["smoke", "standard", "full", "custom"]


def make_header(
    submission: Submission,
    tasks: Sequence[Task],
    plan: Sequence[Block],
    preset: PresetName,
    *,
    nonce: str | None = None,
) -> RunHeader:
    """Returns the header of a run that is not begun yet.

    Args:
        submission: What is scored.
        tasks: On these.
        plan: The episodes.
        preset: What the plan is called.
        nonce: What the policy's seeds are drawn from; None for that of the run which is resumed, or one
            that is drawn.

    Raises:
        UsageError: The nonce has another form, or no file can hold the submission's name.
    """
    name = submission.info.name
    if name != name.encode(errors="ignore").decode():
        raise UsageError(f"the name {name!r} is no text that a file can hold; choose another with --name")
    lineup = Lineup(tasks={task.id: task for task in tasks}, policies=submission.policies)
    packages = dict.fromkeys(["ilbench", "numpy", "gymnasium", "torch"])
    packages.update(dict.fromkeys(name for task in tasks for name in task.packages))
    declared = load_registry()
    return RunHeader(
        protocol=PROTOCOL,
        nonce="" if nonce is None else check_nonce(nonce),
        width=lineup.width,
        submission=submission.info,
        preset=preset,
        plan=tuple(plan),
        tasks={task.id: task.spec_digest() for task in tasks},
        packages={name: found for name in packages if (found := installed_version(name))},
        arithmetic=_arithmetic(lineup),
        sandbox=_sandbox(lineup),
        machine=_machine(),
        created=utc_now(),
        training=dict(submission.training),
        policy_packages=dict(submission.packages),
        served=submission.served,
        undeclared={task.id: carried(task) for task in tasks if declared.get(task.id) != task},
    )


def open_run(folder: Path, header: RunHeader, files: Mapping[str, str] | None = None) -> Run:
    """Returns the run in `folder`: the one begun there earlier, or a new one.

    Args:
        folder: The folder.
        header: What is run.
        files: What each file of the submission is; kept beside the header, to say later which changed.

    Raises:
        RunFolderError: The folder holds another run, or something else.
        CorruptFileError: What is there of the run is not what was written.
        StorageError: The disk refused.
    """
    if (folder / HEADER).exists():
        check_resumable(folder, header, files)
    else:
        create_run(folder, header)
    keep_files(folder, files or {})
    Journal.open(folder / JOURNAL).close()  # drops a line that a killed process left half-written
    return load_sealed(folder)


def evaluate(
    run: Run,
    lineup: Lineup,
    resources: Resources = ONE_WORKER,
    *,
    on_record: Callable[[EpisodeRecord], None] = lambda record: None,
) -> Run:
    """Returns the run whole, what was missing of it played; a stop at any moment leaves it resumable.

    Args:
        run: From `open_run`.
        lineup: Its tasks and their policies.
        resources: How much of the machine is used; records do not depend on it.
        on_record: Called with each record once it is in the journal.

    Raises:
        InvalidPolicyError: The policy fails on its very first step; nothing was recorded.
        InvalidEnvironmentError: So does a task's environment.
        StorageError: The disk refused a record.
        RunFolderError: The run was begun with another width.
        ResourcesError: More lanes than the policy has rows.
        RunTimeoutError: It took longer than it may; what was played is kept.

    Warns:
        FewerLanesWarning: The policy is one object that plays one episode at a time.
    """
    check_width(run, lineup.width)
    run = up_to_date(run)
    if not run.missing:
        return run
    episodes = [run.header.episode(missing) for missing in run.missing]
    with (
        playing_into(run) as log,
        start_scheduler(lineup, resources, len(episodes), on_attempt=log.attempt) as scheduler,
    ):
        probe_tasks(run, lambda episode: scheduler.probe([episode]))
        for note in dict.fromkeys(scheduler.notes):
            warnings.warn(note, FewerLanesWarning, stacklevel=2)
        records = (played.record for played in scheduler.run(episodes))
        return take_in(run, until(resources.run_timeout_s, records, len(episodes)), on_record)


def playing_into(run: Run) -> AbstractContextManager[AttemptLog]:
    """Returns a context that writes down when this process begins to play into a run, and when it stops.

    What it gives is the log of episodes that are played again.
    """
    return started(run.path, len(run.records), run.header.machine, _machine())


def check_width(run: Run, width: int) -> None:
    """Checks that a policy of that width is the run's.

    Raises:
        RunFolderError: The run was begun with another.
    """
    if run.header.width != width:
        raise RunFolderError(
            f"{run.path} was begun with batches of {run.header.width} rows, and the policy has a width of "
            f"{width}; records of the two cannot be mixed: choose another folder"
        )


def up_to_date(run: Run) -> Run:
    """Returns the run as it lies on disk, which is read anew only if it has gone on meanwhile."""
    journal = run.path / JOURNAL
    num_lines = journal.read_bytes().count(b"\n") if journal.exists() else 0
    return run if num_lines == len(run.records) else load_run(run.path)


def take_in(run: Run, records: Iterable[EpisodeRecord], on_record: Callable[[EpisodeRecord], None]) -> Run:
    """Returns the run with further records, each in the journal before the next is asked for.

    A run that is whole is sealed.
    """
    with Journal.open(run.path / JOURNAL) as journal:
        for record in records:
            journal.append(record)
            on_record(record)
    return load_sealed(run.path)


def _arithmetic(lineup: Lineup) -> Arithmetic:
    """Returns under which arithmetic the workers and every policy process will compute."""
    wanted = wanted_arithmetic()
    found = {wanted, *(spec.arithmetic or wanted for spec in lineup.policies.values())}
    return "fixed" if found == {"fixed"} else "native"


def _sandbox(lineup: Lineup) -> Sandbox:
    """Returns the sandbox of every policy; none if there is one outside."""
    found = {spec.sandbox for spec in lineup.policies.values()}
    return found.pop() if len(found) == 1 else "none"


def _machine() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "system": platform.platform(terse=True),
        "processor": processor_name(),
        "cores": str(os.cpu_count()),
    }
