"""One recorded episode, played once more and filmed into a file of the caller's choice."""

from __future__ import annotations

from pathlib import Path

from ilbench.contract.task import Task
from ilbench.errors import UsageError
from ilbench.runner.keepers.video import check_can_film
from ilbench.runner.lineup import Lineup, Resources
from ilbench.runner.replay import Replay, filming_in, replay
from ilbench.runs.record import EpisodeRecord


def check_video(video: Path, task: Task) -> Path:
    """Returns the path, after checking that an episode of the task can be filmed into it.

    Raises:
        UsageError: It is no new MP4 file.
        MissingPackageError: Videos cannot be encoded here.
        UnfilmableTaskError: The task's environment cannot be drawn.
    """
    check_can_film(task)
    if video.suffix != ".mp4":
        raise UsageError(f"a video is an MP4 file; expected a name ending in .mp4, found {video}")
    if video.exists():
        raise UsageError(f"{video} exists; choose another name, nothing is overwritten")
    return video


def replay_episode(
    record: EpisodeRecord, lineup: Lineup, resources: Resources, video: Path | None = None
) -> Replay:
    """Returns a recorded episode, played once more, and filmed into `video` even if it ends otherwise."""
    if video is None:
        (one,) = replay([record], lineup, resources)
        return one
    with filming_in(video.parent) as folder:
        (one,) = replay([record], lineup, resources, videos_to=Path(folder))
        if one.kept is not None:
            one.kept.replace(video)
    return one
