"""``ilbench replay``, and the videos of ``ilbench run --video``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ilbench.cli.evaluation import resolve
from ilbench.cli.progress import ProgressBar
from ilbench.cli.training import CHECKPOINTS
from ilbench.contract.policy import Place
from ilbench.errors import ILBenchError

if TYPE_CHECKING:
    from ilbench.contract.task import Task
    from ilbench.runner.lineup import Lineup, Resources
    from ilbench.runner.replay import Replay
    from ilbench.runner.submission import Submission
    from ilbench.runs.folder import Run
    from ilbench.runs.record import EpisodeRecord


def replay(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    episode: Annotated[
        str,
        typer.Argument(
            metavar="EPISODE",
            help="Its number in the run's plan, from 1 (the line in the journal of a complete run), or "
            "TASK:SPLIT:CONTEXT:REPEAT as 'd3il/avoiding-v2:test:0:17'; TASK: may be left out in a run of "
            "one task.",
        ),
    ],
    video: Annotated[Path | None, typer.Option(metavar="FILE.mp4", help="Film it.")] = None,
    submission: Annotated[
        str | None,
        typer.Option(
            help="Where the policy is now, as for 'ilbench run'; needed where the run scored a folder."
        ),
    ] = None,
    checkpoints: Annotated[Path, typer.Option(help="Where 'ilbench train' left a baseline.")] = CHECKPOINTS,
    task: Annotated[
        str | None, typer.Option(help="Import string of the task, where no installed package declares it.")
    ] = None,
    place: Annotated[Place | None, typer.Option(help="Where the policy runs, as for 'ilbench run'.")] = None,
    timeout: Annotated[float, typer.Option(min=0.1, help="As for 'ilbench run'.")] = 60.0,
) -> None:
    """Play one episode of a run again, and check that it ends as recorded.

    A record holds the digest of the actions, not the actions, so the run's policy plays once more: the
    episode's seeds follow from its name, and nothing else may matter. Exit code 0 if it ends the same
    (start, actions, success, mode, length, return, status; times are not compared), 1 if not.

    Examples:  ilbench replay runs/diffusion-d3il-avoiding-v2-full-seed-0 17

    ilbench replay results/runs/expert robosuite/lift-v2:test:3:0 --video lift.mp4

    ilbench replay runs/my-policy-d3il-avoiding-v2-full test:0:17 --submission ./my_policy
    """
    from ilbench.runner.lineup import Lineup
    from ilbench.runner.replay import check_replayable, find_record
    from ilbench.runs.folder import load_run

    loaded = load_run(run)
    check_replayable(loaded.header)
    record = find_record(loaded, episode)
    found = find_played_task(record.task, task)
    if video is not None:
        _check_video(video, found)
    resolved, notes = resolved_for(loaded, found, submission, checkpoints, place)
    notes += _drift(loaded, found)
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
    lineup = Lineup(tasks={found.id: found}, policies=resolved.policies).of_width(loaded.header.width)
    outcome = _replayed(record, lineup, timeout, video)
    _show(outcome)
    if video is not None and video.exists():
        print(f"video: {video}" + (" (of the replay, not of the record)" if outcome.differences else ""))
    raise SystemExit(1 if outcome.differences else 0)


def film(run: Run, lineup: Lineup, resources: Resources, count: int) -> None:
    """Films the first episodes of a run into its folder.

    Raises:
        ReplayDiffersError: An episode did not end as recorded; the videos of the others are there.
    """
    from ilbench.runner.replay import VIDEOS, ReplayDiffersError, episode_name, film_run

    differing: list[str] = []
    with ProgressBar("videos", min(count, len(run.records)), "videos") as bar:
        for one, path in film_run(run, lineup, resources, num_videos=count):
            if one.differences:
                differing.append(f"{episode_name(one.recorded.id)} in {', '.join(one.differences)}")
            elif path is None:
                print(
                    f"{episode_name(one.recorded.id)} has no picture: {one.replayed.reason}", file=sys.stderr
                )
            bar.advance()
    print(f"videos: {run.path / VIDEOS}")
    if differing:
        raise ReplayDiffersError(
            f"{len(differing)} episodes were not filmed, for their replay differs from the record: "
            + "; ".join(differing[:5])
        )


def find_played_task(task_id: str, name: str | None) -> Task:
    """Returns the task of an episode, ready to be played; `name` leads to it where no package declares it.

    Raises:
        ILBenchError: `name` leads to another task.
        MissingPackageError: Its simulator is not installed.
    """
    from ilbench.contract.registry import find_task
    from ilbench.errors import MissingPackageError

    found = find_task(name or task_id)
    if found.id != task_id:
        raise ILBenchError(f"the episode is of {task_id}, but --task {name} leads to {found.id}")
    if missing := found.missing_package():
        raise MissingPackageError(f"task {task_id!r}", missing, found.extra)
    return found


def _check_video(video: Path, task: Task) -> None:
    from ilbench.runner.keepers.video import check_can_film

    check_can_film(task)
    if video.suffix != ".mp4":
        raise ILBenchError(f"a video is an MP4 file; expected a name ending in .mp4, found {video}")
    if video.exists():
        raise ILBenchError(f"{video} exists; choose another name, nothing is overwritten")


def resolved_for(
    run: Run, task: Task, submission: str | None, checkpoints: Path, place: Place | None
) -> tuple[Submission, list[str]]:
    """Returns the policy that plays, and what has to be said about its being the run's own."""
    from ilbench.contract.registry import find_task

    info = run.header.submission
    text = submission or ("" if info.kind == "folder" else info.entry)
    if not text:
        raise ILBenchError(
            f"the run scored the submission folder {info.name!r}, of which a run keeps only the digest; "
            "say where it is: --submission PATH"
        )
    seed = info.training_seed or 0
    try:
        # A baseline's digest covers its checkpoints for all tasks of the run.
        tasks = [task if name == task.id else find_task(name) for name in run.header.tasks]
        resolved = resolve(text, tasks, checkpoints, seed, place)
    except ILBenchError as error:
        if len(run.header.tasks) == 1:
            raise
        alone = resolve(text, [task], checkpoints, seed, place)
        return alone, [f"whether this is the run's submission could not be checked: {error}"]
    if resolved.info.digest == info.digest:
        return resolved, []
    note = (
        f"another submission is replayed: its digest is {resolved.info.digest[:8]}, that of the run's "
        f"{info.name!r} {info.digest[:8]}"
    )
    return resolved, [note]


def _drift(run: Run, task: Task) -> list[str]:
    """Returns what is not as it was when the run was recorded."""
    from ilbench.contract.task import installed_version

    then = {
        name: v for name, v in run.header.packages.items() if name in {*task.packages, "ilbench", "torch"}
    }
    changes = [
        f"{name} {was} -> {now}" for name, was in then.items() if (now := installed_version(name)) != was
    ]
    notes = [f"other versions than the run's: {', '.join(changes)}"] if changes else []
    if run.header.tasks[task.id] != task.spec_digest():
        notes.append(f"{task.id} is not what it was: another spec digest than the run's")
    return notes


def _replayed(record: EpisodeRecord, lineup: Lineup, timeout: float, video: Path | None) -> Replay:
    from ilbench.runner.lineup import Resources
    from ilbench.runner.replay import filming_in, replay

    resources = Resources(timeout_s=timeout)
    if video is None:
        (one,) = replay([record], lineup, resources)
        return one
    with filming_in(video.parent) as folder:
        (one,) = replay([record], lineup, resources, videos_to=Path(folder))
        if one.kept is not None:
            one.kept.replace(video)
    return one


def _show(outcome: Replay) -> None:
    from rich.markup import escape
    from rich.table import Table

    from ilbench.cli.console import wide_console
    from ilbench.runner.replay import episode_name

    old, new = outcome.recorded.content(times=False), outcome.replayed.content(times=False)
    table = Table("", "recorded", "replayed", "", box=None)
    for name in (n for n in old if n not in outcome.recorded.id._fields):
        same = name not in outcome.differences
        table.add_row(
            name, escape(str(old[name])), escape(str(new.get(name))), "" if same else "[red]differs[/red]"
        )
    console = wide_console()
    console.print(episode_name(outcome.recorded.id), style="bold", emoji=False, highlight=False)
    console.print(table)
    if outcome.differences:
        console.print(f"[red]the replay differs[/red] from the record in {', '.join(outcome.differences)}")
    else:
        console.print("[green]the replay ends as recorded[/green]")
