"""``ilbench author``: what a task's author runs before a task is published."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from ilbench.cli.console import say
from ilbench.cli.options import FigureFile, TaskName
from ilbench.cli.progress import ProgressBar, obtain

if TYPE_CHECKING:
    from ilbench.contract.shipped import Reference
    from ilbench.contract.task import Task

Episodes = Annotated[int, typer.Option(min=1, help="Episodes of each reference policy on test.")]
Overwrite = Annotated[
    bool,
    typer.Option("--overwrite", help="Also where the spec of a version that is in the ledger has changed."),
]


def contexts(task: TaskName) -> None:
    """Write contexts.json from the task's versioned generator."""
    from ilbench.checks.shipping import write_contexts
    from ilbench.contract.registry import find_task

    say(write_contexts(find_task(task)))


def golden(task: TaskName) -> None:
    """Record golden.json and starts.json: the actions and states that 'ilbench doctor' replays."""
    from ilbench.checks.golden import write_golden
    from ilbench.checks.starts import write_starts
    from ilbench.contract.registry import find_task

    found = find_task(task)
    say(write_golden(found))
    say(write_starts(found))


def references(task: TaskName, episodes: Episodes = 100) -> None:
    """Measure random and expert on the test split, and the demonstrations' checksum: measured.json.

    The standard demonstrations are generated anew, whatever the cache holds.
    """
    from ilbench.contract.registry import find_task

    say(_write_measured(find_task(task), episodes))


def digest(task: TaskName, overwrite: Overwrite = False) -> None:
    """Write the task's spec digest into digests.json, the ledger beside the tasks of its package.

    A digest may change only together with the task's version.
    """
    from ilbench.contract.registry import find_task

    say(_write_digest(find_task(task), overwrite))


def check(task: TaskName) -> None:
    """Try every promise that a task makes, one line each with its time; exit code 1 if one is broken.

    Example:  ilbench author check their_pkg.suite:TASK
    """
    from ilbench.contract.registry import find_task

    raise SystemExit(1 if _check(find_task(task)) else 0)


def everything(
    task: TaskName,
    episodes: Episodes = 100,
    overwrite: Overwrite = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would be done.")] = False,
) -> None:
    """Write everything that a new task ships, in the right order, and check it; stop at the first problem.

    Contexts, golden trajectory, starts, references and demonstrations, spec digest, check. After the problem
    is mended the same command goes through all of them again.

    Examples:  ilbench author all their_pkg.suite:TASK --dry-run

    ilbench author all their_pkg.suite:TASK
    """
    from ilbench.contract.registry import find_task
    from ilbench.errors import ILBenchError, UsageError

    found = find_task(task)
    for number, step in enumerate(steps := _steps(found, episodes, overwrite), start=1):
        say(f"{number}/{len(steps)} {step.name}: {step.what}")
        if dry_run:
            continue
        try:
            written = step.do()
        except ILBenchError as error:
            again = f"ilbench author all {task}"
            raise UsageError(f"stopped at {step.name}: {error}; mend it, then run again: {again}") from error
        if isinstance(written, Path):
            say(f"    {written}")
        elif written:
            raise SystemExit(1)


def gallery(
    suite: Annotated[str, typer.Argument(metavar="SUITE", help="Whose tasks are drawn.")], out: FigureFile
) -> None:
    """Draw the start and the end of an expert's episode of every task of a suite, as one figure."""
    from ilbench.checks.gallery import gallery_figure
    from ilbench.contract.registry import load_registry

    out.parent.mkdir(parents=True, exist_ok=True)
    gallery_figure(load_registry().select(suite=suite)).savefig(out)
    say(out)


class _Step(NamedTuple):
    name: str
    what: str
    do: Callable[[], Path | bool]


def _steps(task: Task, episodes: int, overwrite: bool) -> list[_Step]:
    """Returns what a new task ships, in the order in which one needs the other."""
    from ilbench.checks.golden import write_golden
    from ilbench.checks.shipping import write_contexts
    from ilbench.checks.starts import write_starts
    from ilbench.contract.ledger import ledger_place
    from ilbench.contract.shipped import CONTEXTS, GOLDEN, MEASURED, STARTS, resource_path

    steps = [
        _Step("contexts", f"write {resource_path(task.data, CONTEXTS)}", lambda: write_contexts(task)),
        _Step("golden", f"record {resource_path(task.data, GOLDEN)}", lambda: write_golden(task)),
        _Step("starts", f"record {resource_path(task.data, STARTS)}", lambda: write_starts(task)),
        _Step(
            "references",
            f"measure {episodes} episodes and the demonstrations: {resource_path(task.data, MEASURED)}",
            lambda: _write_measured(task, episodes),
        ),
        _Step("digest", f"enter {task.id} in {ledger_place(task)}", lambda: _write_digest(task, overwrite)),
        _Step("check", "try every promise of the contract", lambda: _check(task)),
    ]
    return steps if task.contexts_of is None else steps[1:]


def _write_measured(task: Task, episodes: int) -> Path:
    from ilbench.checks.shipping import write_measured

    names = ("random", *(["expert"] if task.expert else []))
    measured = {policy: _measure(task, policy, episodes) for policy in names}
    return write_measured(task, measured, obtain(task, overwrite=True) if task.demonstrations else None)


def _measure(task: Task, policy: str, episodes: int) -> Reference:
    """Returns what a reference policy reaches, by a run like any other."""
    import tempfile

    import ilbench
    from ilbench.contract.shipped import Reference

    num_contexts = min(task.split("test").num_contexts, episodes)
    num_repeats = -(-episodes // num_contexts)
    with (
        tempfile.TemporaryDirectory() as folder,
        ProgressBar(f"{policy} on {task.id}", num_contexts * num_repeats, "episodes") as bar,
    ):
        records = ilbench.run(
            policy,
            task=task,
            split="test",
            contexts=num_contexts,
            repeats=num_repeats,
            out=Path(folder) / "run",
            progress=lambda told: bar.show(told.done),
        ).records
    return Reference(
        mean_return=sum(record.episode_return for record in records) / len(records),
        success_rate=sum(bool(record.success) for record in records) / len(records),
        num_episodes=len(records),
    )


def _write_digest(task: Task, overwrite: bool) -> Path:
    from ilbench.contract.ledger import load_ledger, write_digest
    from ilbench.errors import InvalidTaskError

    noted, found = load_ledger(task.data).get(task.id), task.spec_digest()
    if noted not in (None, found) and not overwrite:
        raise InvalidTaskError(
            f"the spec of {task.id} has changed: digest {found}, in the ledger {noted}; bump its version, "
            "or say --overwrite while nobody has it"
        )
    return write_digest(task)


def _check(task: Task) -> bool:
    """Prints each check of a task with its time; returns whether one found something."""
    from ilbench.plain_console import PlainConsole, styled
    from ilbench.testing.task_contract import CHECKS
    from ilbench.testing.task_subject import TaskSubject

    console, broken = PlainConsole(soft_wrap=True), 0
    subject = TaskSubject(task)
    try:
        for one in CHECKS:
            start = time.perf_counter()
            pardon, problems = one.pardon(subject), one.problems(subject)
            sign, color = ("problem", "red") if problems else ("–", "dim") if pardon else ("ok", "green")
            took = f"{time.perf_counter() - start:6.2f} s  {one.name}"
            console.print(styled(f"{sign:7}", color), took + (f" ({pardon})" if pardon else ""))
            for problem in problems:
                console.print(f"          found {problem.found}, expected {problem.expected}")
                console.print(f"          → {problem.remedy}")
            broken += bool(problems)
    finally:
        subject.close()
    console.print(f"{len(CHECKS)} checks of {task.id}: {f'{broken} found a problem' if broken else 'sound'}")
    return broken > 0
