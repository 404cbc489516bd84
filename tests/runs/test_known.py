"""Whose word counts: handed over before declared, declared before carried, and no two that differ."""

from dataclasses import replace

import pytest

from ilbench.contract.carried import carried
from ilbench.contract.registry import load_registry
from ilbench.errors import RunFolderError
from ilbench.runs.known import known_tasks
from ilbench.testing.records import make_run
from ilbench.testing.toys import HARBOR, toy_task

AVOIDING = load_registry()["d3il/avoiding-v3"]


def bringing(*tasks):
    """Returns a run that carries tasks."""
    return make_run(undeclared={task.id: carried(task) for task in tasks})


def test_a_run_is_believed_of_what_nobody_else_knows():
    assert HARBOR.id not in known_tasks([make_run()])
    assert known_tasks([bringing(HARBOR)])[HARBOR.id] == carried(HARBOR)


def test_a_run_brings_no_rules_of_its_own_for_a_declared_task():
    forged = replace(AVOIDING, horizon=7)
    assert known_tasks([bringing(forged)])[AVOIDING.id] is AVOIDING


def test_what_is_handed_over_is_believed_first():
    other, long = toy_task(horizon=9), replace(AVOIDING, horizon=999)
    found = known_tasks([bringing(HARBOR, AVOIDING)], [other, long])
    assert (found[HARBOR.id], found[AVOIDING.id]) == (other, long)


def test_an_import_string_is_handed_over_too():
    assert known_tasks([], ["ilbench.testing.toys:HARBOR"])[HARBOR.id] is HARBOR


def test_runs_that_declare_a_task_otherwise_are_told_apart_by_whoever_reads_them():
    runs = [bringing(HARBOR), bringing(HARBOR), bringing(toy_task(horizon=9))]
    assert known_tasks(runs[:2])[HARBOR.id] == carried(HARBOR)
    with pytest.raises(RunFolderError, match=r"declare toys/harbor-v1 otherwise.*hand over the task"):
        known_tasks(runs)
    assert known_tasks(runs, [HARBOR])[HARBOR.id] is HARBOR
