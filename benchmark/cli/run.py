"""``ilbench run``: score a policy on tasks, into a run folder."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ilbench.cli.console import say
from ilbench.cli.options import (
    ALLOWED_MEMORY_GIB,
    CHECKPOINTS,
    Checkpoints,
    EpisodeTimeout,
    Insecure,
    LoadTimeout,
    Memory,
    PolicyPlace,
    PolicyPython,
    PolicySandbox,
    ReconnectS,
    RunTimeout,
    SubmissionName,
    Suites,
    Tasks,
    Timeout,
    TokenFile,
    TrainingSeed,
    Workers,
)
from ilbench.cli.progress import ProgressBar
from ilbench.contract.policy_spec import RECONNECT_S
from ilbench.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ilbench.runner.playing import RunProgress
    from ilbench.runs.folder import Run
    from ilbench.runs.record import EpisodeRecord


def run(
    submission: SubmissionName,
    task: Tasks = None,
    suite: Suites = None,
    task_list: Annotated[
        list[str] | None,
        typer.Option(
            "--list", help="Every task of a task list, such as metaworld/mt10; see: ilbench list --lists."
        ),
    ] = None,
    split: Annotated[
        list[str] | None,
        typer.Option(help="train, test, shift (all), shift/NAME or all.  [default: train and test]"),
    ] = None,
    preset: Annotated[
        str, typer.Option(help="smoke, standard or full: contexts × repeats; only full enters a leaderboard.")
    ] = "standard",
    contexts: Annotated[int | None, typer.Option(min=1, help="Instead of the preset's contexts.")] = None,
    repeats: Annotated[int | None, typer.Option(min=1, help="Instead of the preset's repeats.")] = None,
    workers: Workers = None,
    lanes: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Environments side by side in each worker, up to the policy's width. A policy written for "
            "one episode at a time has one instance a lane.  [default: the width, at most 8]",
        ),
    ] = None,
    place: PolicyPlace = None,
    python: PolicyPython = None,
    sandbox: PolicySandbox = "none",
    memory: Memory = ALLOWED_MEMORY_GIB,
    token_file: TokenFile = None,
    insecure: Insecure = False,
    reconnect_s: ReconnectS = RECONNECT_S,
    executor: Annotated[str, typer.Option(help="Where the workers live.")] = "local",
    timeout: Timeout = 60.0,
    load_timeout: LoadTimeout = 300.0,
    episode_timeout: EpisodeTimeout = 3600.0,
    run_timeout: RunTimeout = None,
    training_seed: TrainingSeed = 0,
    checkpoints: Checkpoints = CHECKPOINTS,
    name: Annotated[str | None, typer.Option(help="Name in tables, instead of the submission's own.")] = None,
    nonce: Annotated[
        str | None,
        typer.Option(
            help="What the policy's seeds are drawn from: that of a run's header plays the same run again, "
            "'published' one that is to be published.  [default: drawn for the run, and kept in its header]"
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Run folder.  [default: a new one below runs/, or that of this run]")
    ] = None,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Replace what the folder holds of another state of a submission of this name, once the new "
            "run has begun.",
        ),
    ] = False,
    video: Annotated[
        int, typer.Option(min=0, metavar="N", help="MP4s of the first N episodes, into RUN/videos.")
    ] = 0,
) -> None:
    """Score a policy. The same command resumes a stopped run.

    Exit code 1 if episodes ended in an environment error: the same command plays those again. 2 on a mistake
    that can be mended, 130 if stopped from the keyboard.

    Every episode is fixed by (task, split, context, repeat); neither workers, lanes nor the place of
    the policy change its record. Videos are made afterwards, by replaying: they change no record, and
    each is kept only if it ends as recorded. Any one episode: ilbench replay RUN EPISODE --video FILE.

    Examples:  ilbench run random --task d3il/avoiding-v3 --preset smoke

    ilbench run ./my_submission --suite d3il --preset full

    ilbench run sb3:model.zip --task d3il/avoiding-v3 --python ~/sb3/.venv/bin/python

    ilbench run my_module:MyPolicy --task navigation/pointmaze-medium-v1 --split all
    """
    import ilbench

    with RunDisplay() as display:
        finished = ilbench.run(
            submission,
            tasks=task or (),
            suite=suite or (),
            task_list=task_list or (),
            split=split or ("train", "test"),
            preset=preset,
            contexts=contexts,
            repeats=repeats,
            out=out,
            workers=workers,
            lanes=lanes,
            timeout=timeout,
            load_timeout=load_timeout,
            episode_timeout=episode_timeout,
            run_timeout=run_timeout,
            place=place,
            python=python,
            sandbox=sandbox,
            memory_gib=memory,
            token_file=token_file,
            insecure=insecure,
            reconnect=reconnect_s,
            executor=executor,
            training_seed=training_seed,
            checkpoints=checkpoints,
            name=name,
            nonce=nonce,
            overwrite=overwrite,
            videos=video,
            progress=display.show,
        )
    _report(finished, task or (), video)


class RunDisplay:
    """The progress bars of a run: its episodes, with the success rate so far and the faults; its videos."""

    def __init__(self) -> None:
        self._bar: ProgressBar | None = None
        self._folder: Path | None = None
        self._statuses: Counter[str] = Counter()
        self._successes = 0

    def show(self, progress: RunProgress) -> None:
        """Shows how far the run has come."""
        if progress.record is None:
            self._begin(progress)
            return
        if progress.note:
            say(progress.note, is_aside=True)
        if self._bar is not None:
            note = self._tally(progress.record) if progress.stage == "episodes" else ""
            self._bar.show(progress.done, note)

    def _begin(self, progress: RunProgress) -> None:
        self._end()
        self._folder = progress.run.path
        label = progress.run.header.submission.name if progress.stage == "episodes" else "videos"
        if progress.stage == "episodes" and 0 < progress.done < progress.total:
            say(
                f"resuming {self._folder}: {progress.done} of {progress.total} episodes are there",
                is_aside=True,
            )
        self._bar = ProgressBar(label, progress.total, progress.stage, progress.done).__enter__()

    def _tally(self, record: EpisodeRecord) -> str:
        self._statuses[record.status] += 1
        self._successes += bool(record.success)
        faults = "".join(f", {n} {status}" for status, n in self._statuses.items() if status != "ok")
        return f"success {self._successes / self._statuses.total():.0%}{faults}"

    def _end(self) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
        self._bar = None

    def __enter__(self) -> RunDisplay:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self._end()
        if kind is not None and issubclass(kind, KeyboardInterrupt):
            say(is_aside=True)
            say(f"stopped; the same command resumes {self._folder}", is_aside=True)
            raise SystemExit(130)


def _report(run: Run, tasks: Iterable[str], num_videos: int) -> None:
    from ilbench.cli.score import print_scores
    from ilbench.runner.replay import VIDEOS
    from ilbench.runs.known import known_tasks
    from ilbench.runs.plan import num_planned

    print_scores([run], known_tasks([run], tasks))
    faults = Counter((record.status, record.reason) for record in run.records if record.status != "ok")
    for (status, reason), count in faults.most_common(5):
        say(f"{count} × {status}: {one_line(reason or '')}")
    say(f"run folder: {run.path}")
    if num_videos:
        say(f"videos: {run.path / VIDEOS}")
    if run.missing:
        say(
            f"{len(run.missing)} of {num_planned(run.header.plan)} episodes have no result, for the "
            "environment failed; the same command plays them again",
            is_aside=True,
        )
        raise SystemExit(1)
