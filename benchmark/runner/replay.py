"""Replay: recorded episodes played once more, alone, and compared with their records; filmed if wanted.

A record holds the digest of the actions, not the actions, so the policy plays again. All randomness of an
episode follows from its identity, and a policy is called at a fixed width whoever sits in the other
lanes, so one episode alone must come out the same as among hundreds.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ilbench.digest import text_digest
from ilbench.errors import ILBenchError, RunFolderError, StorageError
from ilbench.runner.keepers.keeper import SUFFIXES, KeeperName
from ilbench.runner.lineup import ONE_WORKER, Lineup, Resources
from ilbench.runner.start import start_scheduler
from ilbench.runs.folder import Run, RunHeader
from ilbench.runs.identity import PROTOCOLS, Episode, EpisodeId
from ilbench.runs.plan import expand
from ilbench.runs.record import EpisodeRecord
from ilbench.storage import UNFINISHED, write_atomically

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
        kept: The file with its video or its states, where they were wanted and there are any.
    """

    recorded: EpisodeRecord
    replayed: EpisodeRecord
    kept: Path | None = None

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
            run; or ``TASK:SPLIT:CONTEXT:REPEAT``, as ``d3il/avoiding-v3:test:0:17``. ``TASK:`` may be left
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
        RunFolderError: The run followed a protocol whose episodes begin otherwise.
    """
    if header.protocol not in PROTOCOLS:
        raise RunFolderError(
            f"the run was recorded under protocol {header.protocol}; this version knows the protocols "
            f"{' and '.join(PROTOCOLS)}: in another, the same episodes may have other seeds"
        )


def replay(
    records: Sequence[EpisodeRecord],
    lineup: Lineup,
    resources: Resources = ONE_WORKER,
    *,
    videos_to: Path | None = None,
    states_to: Path | None = None,
) -> Iterator[Replay]:
    """Yields each episode, played once more, in the order in which they end.

    Args:
        records: The episodes.
        lineup: Their tasks and policies, at the width of the run (`Lineup.of_width`): rows may round by it.
        resources: How much of the machine is used; each worker plays in one lane.
        videos_to: Folder for a video of each; None for none.
        states_to: Folder for the states of each, where there are no videos: ``.npz`` files, an array of shape
            (T + 1, D) for each vector of real numbers that the task shows; None for none.

    Raises:
        InvalidPolicyError: The policy cannot be loaded.
        StorageError: A video, or states, could not be written.
    """
    recorded = {record.id: record for record in records}
    folder = videos_to or states_to
    keeper: KeeperName | None = "video" if videos_to else "states" if states_to else None
    alone = replace(resources, num_lanes=1)
    with start_scheduler(lineup, alone, len(recorded), keeper) as scheduler:
        episodes = [Episode(record.id, record.policy_seed) for record in recorded.values()]
        for record, kept in scheduler.run(episodes):
            file = None
            if folder is not None and keeper is not None and kept is not None:
                file = folder / f"{text_digest(str(record.id))}{SUFFIXES[keeper]}"
                write_atomically(file, kept)
            yield Replay(recorded=recorded[record.id], replayed=record, kept=file)


def film_run(
    run: Run, lineup: Lineup, resources: Resources = ONE_WORKER, *, num_videos: int
) -> Iterator[tuple[Replay, Path | None]]:
    """Yields the first episodes of a complete run as replays, each with its new video.

    The videos land in the run folder, under `video_name`. A video is kept only if its replay ended as
    recorded: it shows the very episode of the record, or there is none (the path is then None). Videos
    that are there already are left alone and not yielded.

    Args:
        run: The run.
        lineup: See `replay`.
        resources: See `replay`.
        num_videos: How many episodes, in plan order.
    """
    folder = run.path / VIDEOS
    numbered = list(enumerate(run.records[:num_videos], start=1))
    files = {record.id: folder / video_name(number, record) for number, record in numbered}
    wanted = [record for _, record in numbered if not files[record.id].exists()]
    if not wanted:
        return
    lineup = lineup.of_width(run.header.width)
    with filming_in(folder) as films:
        for one in replay(wanted, lineup, resources, videos_to=Path(films)):
            if one.differences or one.kept is None:
                yield one, None
            else:
                one.kept.replace(files[one.recorded.id])
                yield one, files[one.recorded.id]


def filming_in(folder: Path) -> tempfile.TemporaryDirectory[str]:
    """Returns a hidden folder inside `folder`, for films that are not finished; it is removed on exit.

    Raises:
        StorageError: The disk refused.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryDirectory(dir=folder, prefix=UNFINISHED)
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
