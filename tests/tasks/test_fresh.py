"""Fresh contexts of every task: what was on file is drawn like what will never be."""

from __future__ import annotations

import pytest

from ilbench.contract.registry import load_registry
from ilbench.trust.fresh import draw_fresh

TASKS = [task for task in load_registry().values() if task.contexts_of is None]
DRAWING = [task for task in TASKS if task.draw_fresh is not None]
SLOW = {"metaworld", "minigrid", "procgen"}
MARGIN = 0.15
"""How far beyond the range of the contexts on file a number may lie, in units of that range: a uniform number
of twenty leaves the range of fifty by more in less than one case of a thousand."""
UNBOUNDED = {"seed", "level", "angle"}


def numbers(value, name=""):
    """Yields every number in a context by where it stands."""
    if isinstance(value, dict):
        for key, one in value.items():
            if key not in UNBOUNDED:
                yield from numbers(one, f"{name}.{key}")
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from numbers(one, f"{name}.{index}")
    elif isinstance(value, int | float):
        yield name, value


def test_only_tasks_of_one_single_start_draw_none():
    lacking = [task for task in TASKS if task not in DRAWING]
    assert [task.split("test").num_contexts for task in lacking] == [1] * len(lacking)


@pytest.mark.parametrize(
    "task",
    [pytest.param(t, marks=[pytest.mark.slow] if t.suite in SLOW else []) for t in DRAWING],
    ids=lambda task: task.id,
)
def test_fresh_contexts_are_like_those_on_file(task):
    if task.missing_package():
        pytest.skip(f"{task.missing_package()} is not installed")
    drawn, on_file = draw_fresh(task, "a secret", 20), task.contexts("test")
    assert {frozenset(context) for context in drawn} == {frozenset(context) for context in on_file}
    ranges: dict[str, list[float]] = {}
    for context in on_file:
        for name, value in numbers(dict(context)):
            ranges.setdefault(name, []).append(value)
    for name, value in (pair for context in drawn for pair in numbers(dict(context))):
        low, high = min(ranges[name]), max(ranges[name])
        assert low - MARGIN * (high - low) <= value <= high + MARGIN * (high - low), name
