"""Admission: which runs may be ranked, and why others may not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from ilbench.contract.task import Task
from ilbench.runs.identity import PROTOCOLS
from ilbench.runs.run_like import RunLike
from ilbench.scores import num_unscored

RANKED_PRESET = "full"
"""What is ranked where nobody asks for another preset."""

HEADLINE = "test"
"""The split whose success rate orders the board."""


def board_specs(runs: Sequence[RunLike]) -> dict[str, str]:
    """Returns the spec digest of each task that most runs were made under, by task id.

    Where two are equally common, the alphabetically first is taken, so the order of runs does not matter.
    """
    found: dict[str, Counter[str]] = {}
    for run in runs:
        for task, digest in run.header.tasks.items():
            found.setdefault(task, Counter())[digest] += 1
    return {task: min(counts, key=lambda d: (-counts[d], d)) for task, counts in found.items()}


def why_unranked(
    run: RunLike, registry: Mapping[str, Task], specs: Mapping[str, str], preset: str = RANKED_PRESET
) -> str | None:
    """Returns what keeps a run from being ranked, in one line, or None.

    Args:
        run: The run.
        registry: Tasks by id.
        specs: The board's spec digest of each task.
        preset: The preset that is ranked.
    """
    return "; ".join(_reasons(run, registry, specs, preset)) or None


def _reasons(
    run: RunLike, registry: Mapping[str, Task], specs: Mapping[str, str], preset: str
) -> Iterator[str]:
    header = run.header
    if header.protocol not in PROTOCOLS:
        yield f"protocol {header.protocol}, the board knows {' and '.join(PROTOCOLS)}"
    if not run.complete:
        yield "incomplete"
    unscored = num_unscored(run.records)
    if unscored:
        yield f"{unscored} episode{'s' * (unscored > 1)} ended in an environment error"
    for task, digest in header.tasks.items():
        if digest != specs[task]:
            yield f"{task} was run under the spec {digest[:8]}, the board has {specs[task][:8]}"
    if header.preset != preset:
        yield f"preset {header.preset}, only {preset} is ranked"
    elif run.complete:
        yield from _uncovered(run, registry, preset)


def _uncovered(run: RunLike, registry: Mapping[str, Task], preset: str) -> Iterator[str]:
    for name in run.header.tasks:
        size = registry[name].presets[preset]
        num_contexts = min(size.num_contexts, registry[name].split(HEADLINE).num_contexts)
        expected = {(c, r) for c in range(num_contexts) for r in range(size.num_repeats)}
        played = {(r.context, r.repeat) for r in run.records if r.task == name and r.split == HEADLINE}
        missing = len(expected - played)
        if missing or played - expected:
            yield f"{name} lacks {missing} of the {len(expected)} {HEADLINE} episodes of {preset}"
