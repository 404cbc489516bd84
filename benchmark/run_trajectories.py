"""How various a run's successes are as paths, which its records do not hold: they are played again."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from ilbench.contract.registry import find_task
from ilbench.contract.task import Task
from ilbench.demonstrations import ensure_demonstrations
from ilbench.demonstrations.paths import path_of
from ilbench.errors import UsageError
from ilbench.runner.lineup import Lineup, Resources
from ilbench.runner.provenance import Whose, find_played_task, find_submission
from ilbench.runner.replay import check_replayable, replay
from ilbench.runs.folder import Run
from ilbench.runs.given import AnyRun, given_run
from ilbench.runs.identity import EpisodeId
from ilbench.runs.record import EpisodeRecord
from ilbench.scores.diversity.trajectory_diversity import TrajectoryDiversity, score_trajectories

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTrajectories:
    """The diversity of a run's successes as paths.

    Attributes:
        task: Id of the task.
        split: The split.
        scores: Beside as many demonstrations.
        num_differing: Episodes left out, for they did not end as recorded.
    """

    task: str
    split: str
    scores: TrajectoryDiversity
    num_differing: int


def trajectories(
    run: AnyRun,
    *,
    episodes: int = 50,
    split: str = "test",
    task: Task | str | None = None,
    progress: Callable[[int, int], object] = lambda done, total: None,
    timeout: float = 60.0,
    **whose: Unpack[Whose],
) -> RunTrajectories:
    """Returns how various a run's successes are as paths through the observed state, beside demonstrations.

    For tasks whose behavior has no enumerated modes. Records hold no paths, so successes are played again;
    one that does not end as recorded is left out, and counted.

    Args:
        run: A run, or its folder.
        episodes: Successes played again, at most.
        split: Of this split.
        task: Of this task, in a run of several; to be handed over where no installed package declares it.
        progress: Called as ``progress(done, total)`` after each episode.
        timeout: Seconds that one call of the policy may take.
        **whose: Where the run's policy is now, see `ilbench.replay`.

    Raises:
        UsageError: The run has several tasks and none was named.
        DemonstrationError: The task's standard demonstrations are not in the cache and cannot be generated.
        EmptyScoreError: There is no success.
    """
    loaded = given_run(run)
    check_replayable(loaded.header)
    found = _chosen(loaded, task)
    demonstrated = [path_of(found, t.observations) for t in ensure_demonstrations(found).trajectories]
    records = [r for r in loaded.records if (r.task, r.split, r.success) == (found.id, split, True)]
    records = records[:: max(1, len(records) // episodes)][:episodes]
    states = play_states(loaded, found, records, progress, timeout, **whose)
    scores = score_trajectories([path_of(found, observed) for observed in states.values()], demonstrated)
    return RunTrajectories(
        task=found.id, split=split, scores=scores, num_differing=len(records) - len(states)
    )


def play_states(
    run: Run,
    task: Task,
    records: Sequence[EpisodeRecord],
    progress: Callable[[int, int], object] = lambda done, total: None,
    timeout: float = 60.0,
    **whose: Unpack[Whose],
) -> dict[EpisodeId, dict[str, NDArray[Any]]]:
    """Returns what was observed in episodes of a run, which are played once more.

    Args:
        run: The run.
        task: Its task.
        records: The episodes, of this task.
        progress: Called as ``progress(done, total)`` after each episode.
        timeout: Seconds that one call of the policy may take.
        **whose: Where the run's policy is now, see `ilbench.replay`.

    Returns:
        By episode, in the order of the records: by field that is a vector of real numbers, an array of shape
        (T + 1, D). An episode that does not end as recorded is left out.
    """
    kept: dict[EpisodeId, dict[str, NDArray[Any]]] = {}
    with (
        find_submission(run, task, **whose) as submission,
        tempfile.TemporaryDirectory() as folder,
    ):
        lineup = Lineup(tasks={task.id: task}, policies=submission.policies).of_width(run.header.width)
        replays = replay(records, lineup, Resources(timeout_s=timeout), states_to=Path(folder))
        for done, one in enumerate(replays, start=1):
            if not one.differences and one.kept is not None:
                with np.load(one.kept, allow_pickle=False) as states:
                    kept[one.recorded.id] = dict(states)
            progress(done, len(records))
    return {record.id: kept[record.id] for record in records if record.id in kept}


def _chosen(run: Run, task: Task | str | None) -> Task:
    names = list(run.header.tasks)
    if task is None and len(names) > 1:
        raise UsageError(f"the run has {len(names)} tasks; say which: --task {names[0]}")
    if task is None:
        return find_played_task(names[0])
    found = task if isinstance(task, Task) else find_task(task)
    return find_played_task(found.id, found)
