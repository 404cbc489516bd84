"""One evaluation run, from submission to sealed run folder."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from ilbench.contract.policy import WIDTH
from ilbench.contract.task import Task, installed_version
from ilbench.errors import RunFolderError
from ilbench.runner.hosts.host import PolicySpec
from ilbench.runner.scheduler import Executor
from ilbench.runner.submission import Submission
from ilbench.runner.worker import WorkerConfig
from ilbench.runs.folder import (
    HEADER,
    JOURNAL,
    Run,
    RunHeader,
    check_resumable,
    create_run,
    load_run,
    seal,
    utc_now,
)
from ilbench.runs.identity import PROTOCOL, EpisodeId
from ilbench.runs.journal import Journal
from ilbench.runs.plan import Block
from ilbench.runs.record import EpisodeRecord

DEFAULT_TIMEOUT_S = 60.0
PresetName = Literal["smoke", "standard", "full", "custom"]


def make_header(
    submission: Submission, tasks: Sequence[Task], plan: Sequence[Block], preset: PresetName
) -> RunHeader:
    """Returns the header of a new run."""
    packages = dict.fromkeys(["ilbench", "numpy", "gymnasium", "torch"])
    packages.update(dict.fromkeys(name for task in tasks for name in task.packages))
    return RunHeader(
        protocol=PROTOCOL,
        width=WIDTH,
        submission=submission.info,
        preset=preset,
        plan=tuple(plan),
        tasks={task.id: task.spec_digest() for task in tasks},
        packages={name: found for name in packages if (found := installed_version(name))},
        machine={
            "python": platform.python_version(),
            "system": platform.platform(terse=True),
            "processor": _processor(),
            "cores": str(os.cpu_count()),
        },
        created=utc_now(),
        training=dict(submission.training),
        policy_packages=dict(submission.packages),
    )


def open_run(folder: Path, header: RunHeader) -> Run:
    """Returns the run in `folder`: the one begun there earlier, or a new one.

    Raises:
        RunFolderError: The folder holds another run, or something else.
    """
    if (folder / HEADER).exists():
        check_resumable(folder, header)
    else:
        create_run(folder, header)
    with _journal(folder)[0]:
        pass  # drops a line that a killed process left half-written
    return load_run(folder)


def evaluate(
    run: Run,
    policies: Mapping[str, PolicySpec],
    tasks: Mapping[str, str],
    *,
    num_workers: int = 1,
    num_lanes: int = WIDTH,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    on_record: Callable[[EpisodeRecord], None] = lambda record: None,
) -> Run:
    """Plays what is missing of a run and returns it whole; a stop at any moment leaves it resumable.

    Args:
        run: From `open_run`.
        policies: `PolicySpec` of each task, by task id.
        tasks: Name that `find_task` knows of each task, by task id.
        num_workers: Processes.
        num_lanes: Environments side by side in each, in ``[1, WIDTH]``.
        timeout_s: Longest time that a policy may take for one call.
        on_record: Called with each record once it is in the journal.

    Raises:
        InvalidPolicyError: The policy fails on its very first step; nothing was recorded.
        StorageError: The disk refused a record.
        RunFolderError: `num_lanes` or `num_workers` are out of range.
    """
    if not 1 <= num_lanes <= WIDTH or num_workers < 1:
        raise RunFolderError(
            f"lanes must be in [1, {WIDTH}] and workers at least 1; "
            f"found {num_lanes} lanes, {num_workers} workers"
        )
    missing = run.missing
    if not missing:
        return run
    config = WorkerConfig(
        policies=dict(policies), tasks=dict(tasks), num_lanes=num_lanes, timeout_s=timeout_s
    )
    journal, _ = _journal(run.path)
    with journal, Executor(config, min(num_workers, len(missing))) as executor:
        executor.probe(_first_of_each_task(missing))
        for record in executor.run(missing):
            journal.append(record)
            on_record(record)
    finished = load_run(run.path)
    if finished.complete:
        seal(finished)
    return finished


def _journal(folder: Path) -> tuple[Journal, tuple[EpisodeRecord, ...]]:
    return Journal.open(folder / JOURNAL)


def _first_of_each_task(episodes: Sequence[EpisodeId]) -> list[EpisodeId]:
    """Returns one episode a task, the first task last: its environments are then ready to play."""
    first: dict[str, EpisodeId] = {}
    for episode in episodes:
        first.setdefault(episode.task, episode)
    return list(reversed(first.values()))


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
