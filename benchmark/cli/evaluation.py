"""``ilbench run``: score a policy on tasks, into a run folder."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from ilbench.cli.progress import ProgressBar
from ilbench.cli.training import CHECKPOINTS, checkpoint_folder
from ilbench.contract.policy import MAX_WIDTH, Place
from ilbench.processes import usable_cores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ilbench.contract.task import Task
    from ilbench.runner.evaluation import PresetName
    from ilbench.runner.submission import Submission
    from ilbench.runs.folder import Run
    from ilbench.runs.plan import Block
    from ilbench.runs.record import EpisodeRecord


def run(
    submission: Annotated[
        str,
        typer.Argument(
            metavar="SUBMISSION",
            help="A folder with submission.toml, an import string module:Name, or the name of a baseline.",
        ),
    ],
    task: Annotated[list[str] | None, typer.Option(help="Task id; give it again for more.")] = None,
    suite: Annotated[list[str] | None, typer.Option(help="Every task of a suite.")] = None,
    task_list: Annotated[
        list[str] | None,
        typer.Option(
            "--list", help="Every task of a task list, such as metaworld/mt10; see: ilbench list --lists."
        ),
    ] = None,
    split: Annotated[
        list[str] | None,
        typer.Option(
            help="train, test, shift (all of them), shift/NAME or all; train and test if not given."
        ),
    ] = None,
    preset: Annotated[
        str, typer.Option(help="smoke, standard or full: contexts × repeats; only full enters a leaderboard.")
    ] = "standard",
    contexts: Annotated[int | None, typer.Option(min=1, help="Instead of the preset's contexts.")] = None,
    repeats: Annotated[int | None, typer.Option(min=1, help="Instead of the preset's repeats.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; one a core if not given.")] = None,
    lanes: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=MAX_WIDTH,
            help="Environments side by side in each process, up to the width; 8 or the width.",
        ),
    ] = None,
    place: Annotated[
        Place | None,
        typer.Option(help="Where the policy runs; a folder's in a process of its own, others inline."),
    ] = None,
    timeout: Annotated[
        float, typer.Option(min=0.1, help="Seconds that one call of the policy may take.")
    ] = 60.0,
    training_seed: Annotated[int, typer.Option(help="Which training of a baseline.")] = 0,
    checkpoints: Annotated[Path, typer.Option(help="Where 'ilbench train' left them.")] = CHECKPOINTS,
    name: Annotated[str | None, typer.Option(help="Name in tables, instead of the submission's own.")] = None,
    out: Annotated[Path | None, typer.Option(help="Run folder; runs/… if not given.")] = None,
    video: Annotated[
        int, typer.Option(min=0, metavar="N", help="MP4s of the first N episodes, into RUN/videos.")
    ] = 0,
) -> None:
    """Score a policy. The same command resumes a stopped run.

    Every episode is fixed by (task, split, context, repeat); neither workers, lanes nor the place of
    the policy change its record. Videos are made afterwards, by replaying: they change no record, and
    each is kept only if it ends as recorded. Any one episode: ilbench replay RUN EPISODE --video FILE.

    Examples:  ilbench run random --task d3il/avoiding-v2 --preset smoke

    ilbench run ./my_submission --suite d3il --preset full

    ilbench run my_module:MyPolicy --task navigation/pointmaze-medium-v1 --split all
    """
    from ilbench.runner.evaluation import evaluate, make_header, open_run
    from ilbench.runner.lineup import Lineup, Resources
    from ilbench.runs.plan import make_plan

    tasks = selected_tasks(task or [], suite or [], task_list or [])
    chosen = [found for _, found in tasks]
    plan = make_plan(
        chosen, splits=split or ("train", "test"), preset=preset, num_contexts=contexts, num_repeats=repeats
    )
    check_filming(plan, chosen, video)
    resolved = resolve(submission, chosen, checkpoints, training_seed, place, name)
    kind = cast("PresetName", preset if contexts is None and repeats is None else "custom")
    folder = out or Path("runs") / _folder_name(resolved, chosen, kind)
    begun = open_run(folder, make_header(resolved, chosen, plan, kind))
    done, total = len(begun.records), len(begun.missing) + len(begun.records)
    if done and begun.missing:
        print(f"resuming {folder}: {done} of {total} episodes are there", file=sys.stderr)
    lineup = Lineup(tasks={found.id: found for found in chosen}, policies=resolved.policies)
    resources = Resources(num_workers=workers or usable_cores(), num_lanes=lanes, timeout_s=timeout)
    try:
        with _Tally(resolved.info.name, total, done) as tally:
            finished = evaluate(begun, lineup, resources, on_record=tally.add)
    except KeyboardInterrupt:
        print(f"\nstopped; the same command resumes {folder}", file=sys.stderr)
        raise SystemExit(130) from None
    _report(finished)
    if video:
        from ilbench.cli.replaying import film

        film(finished, lineup, resources, video)


def check_filming(plan: Sequence[Block], tasks: list[Task], num_videos: int) -> None:
    """Raises, before anything is played, if the first episodes of a plan cannot be filmed."""
    from itertools import islice

    from ilbench.runner.keepers.video import check_can_film

    wanted = {episode.task for episode in islice((e for block in plan for e in block.episodes()), num_videos)}
    for task in tasks:
        if task.id in wanted:
            check_can_film(task)


class _Tally:
    """The progress bar of a run, with the success rate so far and the faults."""

    def __init__(self, label: str, total: int, done: int) -> None:
        self._bar = ProgressBar(label, total, "episodes", done)
        self._statuses: Counter[str] = Counter()
        self._successes = 0

    def add(self, record: EpisodeRecord) -> None:
        """Counts one more record."""
        self._statuses[record.status] += 1
        self._successes += bool(record.success)
        faults = "".join(f", {n} {status}" for status, n in self._statuses.items() if status != "ok")
        self._bar.advance(f"success {self._successes / self._statuses.total():.0%}{faults}")

    def __enter__(self) -> _Tally:
        self._bar.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.__exit__(None, None, None)


def selected_tasks(ids: list[str], suites: list[str], lists: Sequence[str] = ()) -> list[tuple[str, Task]]:
    """Returns the tasks asked for, each with the name it was asked for by."""
    from ilbench.contract.registry import find_task, load_registry
    from ilbench.contract.task_list import find_list
    from ilbench.errors import ILBenchError, MissingPackageError

    ids = [*ids, *(task for name in lists for task in find_list(name).tasks)]
    found = {task.id: (asked, task) for asked in ids for task in [find_task(asked)]}
    for suite in suites:
        found.update((task.id, (task.id, task)) for task in load_registry().select(suite=suite))
    if not found:
        raise ILBenchError(
            "no task was named; say --task ID, --suite NAME or --list NAME (see: ilbench list)"
        )
    for _, task in found.values():
        if missing := task.missing_package():
            raise MissingPackageError(f"task {task.id!r}", missing, task.extra)
    return list(found.values())


def resolve(
    text: str,
    tasks: list[Task],
    checkpoints: Path,
    training_seed: int,
    place: Place | None = None,
    name: str | None = None,
) -> Submission:
    """Returns the submission that a command-line argument means.

    Args:
        text: A folder, an import string, or the name of a baseline.
        tasks: What it will play.
        checkpoints: Where the baselines' checkpoints are.
        training_seed: Which training of a baseline.
        place: Where the policy runs, instead of the usual place.
        name: Name in tables, instead of its own.
    """
    from dataclasses import replace

    from ilbench.importing import is_import_string
    from ilbench.runner.submission import is_folder, load_folder, load_import_string

    ids = tuple(task.id for task in tasks)
    if is_folder(text):
        found = load_folder(Path(text), ids, place)
    elif is_import_string(text):
        found = load_import_string(text, ids, place)
    else:
        found = load_baseline(text, tasks, checkpoints, training_seed, place)
    return found if name is None else replace(found, info=found.info.model_copy(update={"name": name}))


def load_baseline(
    name: str, tasks: list[Task], checkpoints: Path, training_seed: int, place: Place | None = None
) -> Submission:
    """Returns a baseline as a submission: untrained, or one checkpoint a task.

    Raises:
        UnknownNameError: There is no such baseline, or the task has no expert.
        CheckpointError: It has not been trained on a task; the message has the command.
    """
    from ilbench import __version__
    from ilbench.baselines import find_baseline
    from ilbench.digest import json_digest
    from ilbench.runner.hosts.host import PolicySpec
    from ilbench.runner.submission import Submission
    from ilbench.runs.folder import SubmissionInfo

    baseline = find_baseline(name)
    policies: dict[str, PolicySpec] = {}
    parts: dict[str, str] = {"version": __version__}
    for task in tasks:
        if baseline.trainable:
            folder = checkpoint_folder(name, task.id, training_seed, checkpoints)
            parts[task.id] = _weights_digest(folder, name, task, training_seed)
            policies[task.id] = PolicySpec(
                load="ilbench.baselines:load_policy",
                arguments={"folder": str(folder.resolve())},
                place=place or "inline",
            )
        elif baseline.method is None:
            task.make_expert()
            policies[task.id] = PolicySpec(privileged=True)
        else:
            policies[task.id] = PolicySpec(load=baseline.method, place=place or "inline")
    info = SubmissionInfo(
        name=name,
        kind="baseline",
        entry=name,
        digest=json_digest(parts),
        training_seed=training_seed if baseline.trainable else None,
        privileged=baseline.method is None,
    )
    return Submission(info=info, policies=policies)


def _weights_digest(folder: Path, name: str, task: Task, training_seed: int) -> str:
    from ilbench.baselines.checkpoint import CheckpointError, load_metadata

    seed = f" --seed {training_seed}" if training_seed else ""
    command = f"ilbench train {name} {task.id}{seed}"
    if not folder.exists():
        raise CheckpointError(
            f"{name!r} has not been trained on {task.id}: {folder} does not exist; run: {command}"
        )
    found = load_metadata(folder)
    if found.identity.task_spec_digest != task.spec_digest():
        raise CheckpointError(
            f"{folder} was trained on another version of {task.id}; move it away and run: {command}"
        )
    return found.weights_digest


def _folder_name(submission: Submission, tasks: list[Task], preset: str) -> str:
    suites = {task.suite for task in tasks}
    what = tasks[0].id if len(tasks) == 1 else "-".join(sorted(suites)) + f"-{len(tasks)}-tasks"
    seed = submission.info.training_seed
    parts = [submission.info.name, what, preset, *([] if seed is None else [f"seed-{seed}"])]
    return "-".join("".join(c if c.isalnum() or c in "-_." else "-" for c in part) for part in parts)


def _report(run: Run) -> None:
    from ilbench.cli.score import print_scores

    print_scores([run])
    faults = Counter((record.status, record.reason) for record in run.records if record.status != "ok")
    for (status, reason), count in faults.most_common(5):
        print(f"{count} × {status}: {reason}")
    print(f"run folder: {run.path}")
