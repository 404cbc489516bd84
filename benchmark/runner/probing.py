"""The probe: the first step of each task, played before anything is recorded.

A policy's fault there would be that of every episode, and ends the run. An environment may break in a single
episode, whose record then says so: only where it breaks in every one that is tried is the task at fault.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ilbench.errors import InvalidEnvironmentError
from ilbench.runner.lanes import EnvFaultError
from ilbench.runs.folder import Run
from ilbench.runs.identity import Episode, EpisodeId


def probe_tasks(run: Run, probe: Callable[[Episode], object]) -> None:
    """Probes every task with an episode missing, the first one last: its environments are then ready to play.

    Args:
        run: The run.
        probe: Plays the first step of an episode; raises `EnvFaultError` where the environment fails.

    Raises:
        InvalidEnvironmentError: The environment of a task failed in every episode tried, and none was played
            before.
        InvalidPolicyError: Raised by `probe`.
    """
    proven = {record.task for record in run.records if record.status != "env_error"}
    for task, episodes in reversed(by_task(run.missing).items()):
        faults: list[EnvFaultError] = []
        for episode in spread(episodes):
            try:
                probe(run.header.episode(episode))
                break
            except EnvFaultError as fault:
                faults.append(fault)
        else:
            if task not in proven:
                tried = f"every one of {len(faults)} episodes" if len(faults) > 1 else "its only episode"
                raise InvalidEnvironmentError(
                    f"{task}: the environment fails at the first step of {tried}, so none was played; "
                    f"it says: {faults[0]}"
                ) from faults[0]


def by_task(episodes: Sequence[EpisodeId]) -> dict[str, list[EpisodeId]]:
    """Returns the episodes of each task, in their order."""
    found: dict[str, list[EpisodeId]] = {}
    for episode in episodes:
        found.setdefault(episode.task, []).append(episode)
    return found


def spread(episodes: Sequence[EpisodeId]) -> tuple[EpisodeId, ...]:
    """Returns the first, the last and the middle episode, each once."""
    return tuple(dict.fromkeys((episodes[0], episodes[-1], episodes[len(episodes) // 2])))
