"""A run played to its end, by worker processes or in this one; with its videos, and telling how far it is."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Literal, TypeAlias

from ilbench.contract.task import Task
from ilbench.runner.evaluation import evaluate, open_run
from ilbench.runner.here import evaluate_here
from ilbench.runner.keepers.video import check_can_film
from ilbench.runner.lineup import Lineup, Resources
from ilbench.runner.replay import ReplayDiffersError, episode_name, film_run
from ilbench.runs.folder import Run, RunHeader
from ilbench.runs.plan import Block, num_planned
from ilbench.runs.record import EpisodeRecord

MEMORY = Path("(in memory)")
"""The path of a run that lies in no folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunProgress:
    """How far a run has come.

    Attributes:
        stage: ``episodes``, or ``videos`` of episodes that were played before.
        run: The run as it was begun.
        done: Units done, those of an earlier start included.
        total: Units in all.
        record: The episode just played or filmed; None when the stage begins.
        note: What went otherwise than asked for, in one line; empty where nothing did.
    """

    stage: Literal["episodes", "videos"]
    run: Run
    done: int
    total: int
    record: EpisodeRecord | None = None
    note: str = ""


Progress: TypeAlias = Callable[[RunProgress], object]


def unheard(progress: RunProgress) -> None:
    """Says nothing: the progress of who does not want to hear of it."""


def play_by_workers(run: Run, lineup: Lineup, resources: Resources, progress: Progress) -> Run:
    """Returns the run whole, what was missing of it played by worker processes."""
    return evaluate(run, lineup, resources, on_record=_Counter(run, progress).count)


def play_here(
    run: Run, tasks: Sequence[Task], policy: object, num_lanes: int | None, progress: Progress
) -> Run:
    """Returns the run whole, what was missing of it played by an object in this process."""
    counter = _Counter(run, progress)
    by_id = {task.id: task for task in tasks}
    return evaluate_here(run, by_id, policy, num_lanes=num_lanes, on_record=counter.count)


def play_in_memory(
    header: RunHeader, tasks: Sequence[Task], policy: object, num_lanes: int | None, progress: Progress
) -> Run:
    """Returns the run of an object, played in this process and left in no folder; its path is `MEMORY`."""
    with tempfile.TemporaryDirectory(prefix="ilbench-") as folder:
        begun = open_run(Path(folder) / "run", header)
        return replace(play_here(begun, tasks, policy, num_lanes, progress), path=MEMORY)


def film(run: Run, lineup: Lineup, resources: Resources, num_videos: int, progress: Progress) -> None:
    """Films the first episodes of a run into its folder.

    Raises:
        ReplayDiffersError: An episode did not end as recorded; the videos of the others are there.
    """
    total = min(num_videos, len(run.records))
    progress(RunProgress(stage="videos", run=run, done=0, total=total))
    differing: list[str] = []
    filmed = film_run(run, lineup, resources, num_videos=num_videos)
    for done, (one, path) in enumerate(filmed, start=1):
        name, note = episode_name(one.recorded.id), ""
        if one.differences:
            differing.append(f"{name} in {', '.join(one.differences)}")
        elif path is None:
            note = f"{name} has no picture: {one.replayed.reason}"
        progress(RunProgress(stage="videos", run=run, done=done, total=total, record=one.recorded, note=note))
    if differing:
        raise ReplayDiffersError(
            f"{len(differing)} episodes were not filmed, for their replay differs from the record: "
            + "; ".join(differing[:5])
        )


def check_filming(plan: Sequence[Block], tasks: Sequence[Task], num_videos: int) -> None:
    """Raises, before anything is played, if the first episodes of a plan cannot be filmed."""
    episodes = islice((episode for block in plan for episode in block.episodes()), num_videos)
    wanted = {episode.task for episode in episodes}
    for task in tasks:
        if task.id in wanted:
            check_can_film(task)


class _Counter:
    """Counts the records of a run, and tells of each."""

    def __init__(self, run: Run, progress: Progress) -> None:
        self._run, self._progress = run, progress
        self._total = num_planned(run.header.plan)
        self._done = self._total - len(run.missing)
        self._tell(None)

    def count(self, record: EpisodeRecord) -> None:
        """Counts one more."""
        self._done += 1
        self._tell(record)

    def _tell(self, record: EpisodeRecord | None) -> None:
        self._progress(
            RunProgress(stage="episodes", run=self._run, done=self._done, total=self._total, record=record)
        )
