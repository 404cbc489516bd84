"""Replay: recorded episodes played once more, alone, and compared with their records; filmed if wanted.

A record holds the digest of the actions, not the actions, so the policy plays again. All randomness of an
episode follows from its identity, and a policy is called at a fixed width whoever sits in the other
lanes, so one episode alone must come out the same as among hundreds.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ilbench.contract.policy import WIDTH
from ilbench.errors import ILBenchError, RunFolderError, StorageError
from ilbench.runner.hosts.host import PolicySpec
from ilbench.runner.keepers.camera import film_file
from ilbench.runner.scheduler import Executor
from ilbench.runner.worker import WorkerConfig
from ilbench.runs.folder import Run, RunHeader
from ilbench.runs.identity import PROTOCOL, EpisodeId
from ilbench.runs.plan import expand
from ilbench.runs.record import EpisodeRecord

VIDEOS = "videos"
"""Folder of the videos, in a run folder."""

OUTCOMES = {True: "success", False: "failure", None: "error"}


class UnknownEpisodeError(ILBenchError):
    """An episode that the run has not planned, or not played."""


class ReplayDiffersError(ILBenchError):
    """A replay that does not end as recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """An episode, as it was recorded and as it went this time.

    Attributes:
        recorded: From the run's journal.
        replayed: Of the same identity, played now.
    """

    recorded: EpisodeRecord
    replayed: EpisodeRecord

    @property
    def differences(self) -> tuple[str, ...]:
        """The fields that differ, in the record's order; times are never compared."""
        old, new = self.recorded.content(times=False), self.replayed.content(times=False)
        return tuple(name for name in old if old[name] != new.get(name))


def find_record(run: Run, text: str) -> EpisodeRecord:
    """Returns the record of an episode, named by number or by identity.

    Args:
        run: The run.
        text: A number from 1, counted in the run's plan, which is the line in the journal of a complete
            run; or ``TASK:SPLIT:CONTEXT:REPEAT``, as ``d3il/avoiding-v2:test:0:17``. ``TASK:`` may be left
            out in a run of one task.

    Raises:
        UnknownEpisodeError: The text is neither, or the episode is not planned or not played yet.
    """
    planned = expand(run.header.plan)
    wanted = _numbered(text, planned) if text.isdecimal() else _named(text, run.header)
    if wanted is None or wanted not in planned:
        raise UnknownEpisodeError(
            f"the run {run.path} has no episode {text!r}; say a number from 1 to {len(planned)}, or "
            f"TASK:SPLIT:CONTEXT:REPEAT, from {episode_name(planned[0])} to {episode_name(planned[-1])}"
        )
    record = next((record for record in run.records if record.id == wanted), None)
    if record is None:
        raise UnknownEpisodeError(
            f"{episode_name(wanted)} has not been played yet: {len(run.records)} of {len(planned)} episodes "
            "have; the command that started the run resumes it"
        )
    return record


def episode_name(episode: EpisodeId) -> str:
    """Returns the text that `find_record` understands, ``TASK:SPLIT:CONTEXT:REPEAT``."""
    return ":".join(map(str, episode))


def check_replayable(header: RunHeader) -> None:
    """Checks that episodes mean here what they meant in the run.

    Raises:
        RunFolderError: The run followed another protocol.
    """
    if (header.protocol, header.width) != (PROTOCOL, WIDTH):
        raise RunFolderError(
            f"the run was recorded under protocol {header.protocol} with {header.width} lanes; this version "
            f"plays protocol {PROTOCOL} with {WIDTH}, in which the same episodes have other seeds"
        )


def replay(
    records: Sequence[EpisodeRecord],
    policies: Mapping[str, PolicySpec],
    tasks: Mapping[str, str],
    *,
    num_workers: int = 1,
    timeout_s: float,
    films: Path | None = None,
    paths: Path | None = None,
) -> Iterator[Replay]:
    """Yields each episode, played once more, in the order in which they end.

    Args:
        records: The episodes.
        policies: `PolicySpec` of each task, by task id.
        tasks: Name that `find_task` knows of each task, by task id.
        num_workers: Processes.
        timeout_s: Longest time that a policy may take for one call.
        films: Folder for a video of each, under the names of `film_file`; None for none.
        paths: Folder for the states of each, under the names of `path_file`, where there are no films; None
            for none.

    Raises:
        InvalidPolicyError: The policy cannot be loaded.
        StorageError: A video could not be written.
    """
    recorded = {record.id: record for record in records}
    config = WorkerConfig(
        policies=dict(policies),
        tasks=dict(tasks),
        num_lanes=1,
        timeout_s=timeout_s,
        films=None if films is None else str(films.resolve()),
        paths=None if paths is None else str(paths.resolve()),
    )
    with Executor(config, min(num_workers, len(recorded))) as executor:
        for record in executor.run(list(recorded)):
            yield Replay(recorded=recorded[record.id], replayed=record)


def film_run(
    run: Run,
    policies: Mapping[str, PolicySpec],
    tasks: Mapping[str, str],
    *,
    num_videos: int,
    num_workers: int = 1,
    timeout_s: float,
) -> Iterator[tuple[Replay, Path | None]]:
    """Yields the first episodes of a complete run as replays, each with its new video.

    The videos land in the run folder, under `video_name`. A video is kept only if its replay ended as
    recorded: it shows the very episode of the record, or there is none (the path is then None). Videos
    that are there already are left alone and not yielded.

    Args:
        run: The run.
        policies: See `replay`.
        tasks: See `replay`.
        num_videos: How many episodes, in plan order.
        num_workers: Processes.
        timeout_s: See `replay`.
    """
    folder = run.path / VIDEOS
    numbered = list(enumerate(run.records[:num_videos], start=1))
    files = {record.id: folder / video_name(number, record) for number, record in numbered}
    wanted = [record for _, record in numbered if not files[record.id].exists()]
    if not wanted:
        return
    with filming_in(folder) as films:
        replays = replay(
            wanted, policies, tasks, num_workers=num_workers, timeout_s=timeout_s, films=Path(films)
        )
        for one in replays:
            film = film_file(Path(films), one.recorded.id)
            if one.differences or not film.exists():
                yield one, None
            else:
                film.replace(files[one.recorded.id])
                yield one, files[one.recorded.id]


def filming_in(folder: Path) -> tempfile.TemporaryDirectory[str]:
    """Returns a hidden folder inside `folder`, for films that are not finished; it is removed on exit.

    Raises:
        StorageError: The disk refused.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryDirectory(dir=folder, prefix=".filming-")
    except OSError as error:
        raise StorageError(
            f"videos cannot be written to {folder}: {os.strerror(error.errno or 0)}"
        ) from error


def video_name(number: int, record: EpisodeRecord) -> str:
    """Returns the file name of an episode's video: number in the plan, identity, outcome."""
    task, split = record.task.replace("/", "-"), record.split.replace("/", "-")
    parts: tuple[Any, ...] = (task, split, f"context-{record.context}", f"repeat-{record.repeat}")
    return "_".join((f"{number:04d}", *parts, OUTCOMES[record.success])) + ".mp4"


def _numbered(text: str, planned: Sequence[EpisodeId]) -> EpisodeId | None:
    number = int(text)
    return planned[number - 1] if 1 <= number <= len(planned) else None


def _named(text: str, header: RunHeader) -> EpisodeId | None:
    parts = text.split(":")
    if len(parts) == 3 and len(header.tasks) == 1:
        parts = [*header.tasks, *parts]
    if len(parts) != 4 or not (parts[2].isdecimal() and parts[3].isdecimal()):
        return None
    return EpisodeId(parts[0], parts[1], int(parts[2]), int(parts[3]))
