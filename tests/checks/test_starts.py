"""The first steps from every start: recorded, replayed, compared; and those that ship."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest

from ilbench.checks.starts import StartsError, record_starts, replay_starts, write_starts
from ilbench.contract.registry import load_registry
from ilbench.contract.shipped import STARTS, load_resource

REGISTRY = load_registry()


def replayed(task):
    with closing(task.make_env()) as env:
        return replay_starts(task, env)


def test_a_recording_is_the_same_twice(task):
    assert record_starts(task) == record_starts(task)


def test_an_unchanged_environment_replays_every_start(task):
    write_starts(task)
    result = replayed(task)
    assert result.num_contexts == task.split("test").num_contexts
    assert result.different == ()


def test_a_changed_simulator_differs_in_every_context(task):
    write_starts(task)
    result = replayed(replace(task, env_options={"drift": 1e-12}))
    assert result.simulator == result.different == tuple(range(result.num_contexts))


def test_a_context_that_begins_elsewhere_is_told_by_its_index(task, monkeypatch):
    write_starts(task)
    contexts = list(task.contexts("test"))
    contexts[1] = {"x": 0.987}
    monkeypatch.setattr(type(task), "contexts", lambda self, split: tuple(contexts))
    assert replayed(task).simulator == (1,)


def test_what_is_only_observed_otherwise_is_told_apart(task):
    write_starts(replace(task, observation=task.observation[:1]))
    result = replayed(task)
    assert result.simulator == ()
    assert len(result.observation) == result.num_contexts


def test_a_task_without_starts_says_how_to_record_them(task):
    with pytest.raises(StartsError, match="ilbench author golden toys/shore-v1"):
        replayed(task)


@pytest.mark.parametrize("task", REGISTRY.values(), ids=list(REGISTRY))
def test_every_task_ships_its_starts_in_a_file_of_some_kilobytes(task):
    shipped = load_resource(task.data, STARTS)
    assert shipped["steps"] == 3
    assert len(shipped["test"]) == 8 * task.split("test").num_contexts < 4000


@pytest.mark.slow
@pytest.mark.parametrize("task", REGISTRY.values(), ids=list(REGISTRY))
def test_every_tasks_starts_replay(task):
    if task.missing_package():
        pytest.skip(f"needs {task.missing_package()}")
    assert replayed(task).different == ()
