"""Admission: which runs may be ranked, and why others may not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from ilbench.contract.board import RANKED_PRESET as RANKED_PRESET
from ilbench.contract.board import Board
from ilbench.contract.carried import CarriedTask
from ilbench.contract.task import Task, installed_version
from ilbench.plain_text import one_line
from ilbench.runs.run_like import HeaderLike, RunLike
from ilbench.runs.verifiers import Trusted
from ilbench.scores import num_unscored

HEADLINE = "test"
"""The split whose success rate orders the board."""

ANY_TASKS = Board(name="", summary="", tasks=())
"""A board that nobody declared and whose tasks are not known yet: runs of any are admitted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What the runs of a board have in common, and a ranked run has too.

    Attributes:
        specs: Spec digest of each task, by id.
        packages: Version of each simulator, by package.
        own_spec: Returns the spec digest of a task as it is here, by id.
    """

    specs: Mapping[str, str]
    packages: Mapping[str, str]
    own_spec: Callable[[str], str]


def find_conditions(runs: Sequence[RunLike], registry: Mapping[str, Task]) -> Conditions:
    """Returns the conditions that most runs were made under.

    Where two are equally common, the alphabetically first is taken, so the order of runs does not matter.
    """
    specs = [pair for run in runs for pair in run.header.tasks.items()]
    packages = [
        (name, run.header.packages[name])
        for run in runs
        for name in _simulators(list(run.header.tasks), registry)
        if name in run.header.packages
    ]
    return Conditions(
        specs=_most_common(specs),
        packages=_most_common(packages),
        own_spec=cache(lambda task: registry[task].spec_digest()),
    )


def _most_common(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, Counter[str]] = {}
    for name, value in pairs:
        found.setdefault(name, Counter())[value] += 1
    return {name: min(counts, key=lambda v: (-counts[v], v)) for name, counts in found.items()}


def why_unranked(
    run: RunLike, registry: Mapping[str, Task], conditions: Conditions, board: Board = ANY_TASKS
) -> str | None:
    """Returns what keeps a run from being ranked, in one line, or None.

    Args:
        run: The run.
        registry: Tasks by id.
        conditions: What the runs of the board have in common.
        board: Which preset and protocols are ranked, and which of the run's tasks are looked at; all of them
            where it names none.
    """
    return "; ".join(_reasons(run, registry, conditions, board)) or None


def refuted(found: Trusted | None) -> str:
    """Returns who refuted a run, when and why, in one line; empty where nobody did."""
    if found is None or found.rung != "refuted":
        return ""
    return f"refuted by {found.by}, {found.at[:10]}: {found.because}"


def _reasons(
    run: RunLike, registry: Mapping[str, Task], conditions: Conditions, board: Board
) -> Iterator[str]:
    header, preset = run.header, board.preset
    tasks = [task for task in header.tasks if task in board.tasks or not board.tasks]
    if header.protocol not in board.protocols:
        yield f"protocol {header.protocol}, the board knows {' and '.join(board.protocols)}"
    if not run.complete:
        yield "incomplete"
    unscored = num_unscored(run.records)
    if unscored:
        yield f"{unscored} episode{'s' * (unscored > 1)} ended in an environment error"
    yield from _other_specs(header, tasks, registry, conditions)
    yield from _other_packages(header, tasks, registry, conditions)
    if header.preset != preset:
        yield f"preset {header.preset}, only {preset} is ranked"
    elif run.complete:
        yield from _uncovered(run, tasks, registry, preset)


def _other_specs(
    header: HeaderLike, tasks: Sequence[str], registry: Mapping[str, Task], conditions: Conditions
) -> Iterator[str]:
    """Yields each task whose spec is not the board's, or not that of the task as it is here.

    A spec covers the versions of the task's packages, so what it is here counts only under those of the run.
    """
    for task in tasks:
        digest = header.tasks[task]
        if digest != conditions.specs[task]:
            yield f"{task} was run under the spec {digest[:8]}, the board has {conditions.specs[task][:8]}"
        elif _can_tell(header, registry[task]):
            own = conditions.own_spec(task)
            if digest != own:
                yield f"{task} is said to have the spec {digest[:8]}, and has {own[:8]} with these packages"


def _can_tell(header: HeaderLike, task: Task) -> bool:
    """Returns whether the spec of a task can be told here, as it was under the packages of a run."""
    if isinstance(task, CarriedTask):
        return False
    return all(header.packages.get(name, "") == installed_version(name) for name in task.packages)


def _other_packages(
    header: HeaderLike, tasks: Sequence[str], registry: Mapping[str, Task], conditions: Conditions
) -> Iterator[str]:
    for name in _simulators(tasks, registry):
        claimed = header.packages.get(name)
        if claimed is None:
            yield f"it does not say which version of {name} it was run with"
        elif claimed != conditions.packages[name]:
            yield f"{name} {one_line(claimed, 20)}, the board has {one_line(conditions.packages[name], 20)}"


def _simulators(tasks: Sequence[str], registry: Mapping[str, Task]) -> list[str]:
    return list(dict.fromkeys(name for task in tasks for name in registry[task].packages))


def _uncovered(
    run: RunLike, tasks: Sequence[str], registry: Mapping[str, Task], preset: str
) -> Iterator[str]:
    for name in tasks:
        size = registry[name].presets[preset]
        num_contexts = min(size.num_contexts, registry[name].split(HEADLINE).num_contexts)
        expected = {(c, r) for c in range(num_contexts) for r in range(size.num_repeats)}
        played = {(r.context, r.repeat) for r in run.records if r.task == name and r.split == HEADLINE}
        missing = len(expected - played)
        if missing or played - expected:
            yield f"{name} lacks {missing} of the {len(expected)} {HEADLINE} episodes of {preset}"
