"""The scores of a run: its tasks in their order, and what cannot be scored."""

import pytest
from made_up import REACH, REGISTRY, A, C, make_run, record

from ilbench.errors import UnknownNameError
from ilbench.runs.folder import Run
from ilbench.scores import clopper_pearson, score_run


def test_every_task_is_scored_in_the_runs_order():
    found = score_run(make_run("x", {C: 5, A: 10}), REGISTRY)
    assert [(one.task, one.splits["test"].success.value) for one in found] == [(C, 0.25), (A, 0.5)]


def test_a_task_of_environment_errors_alone_has_no_scores():
    run = make_run("x", {A: 5})
    broken = record(0, task=C, status="env_error")
    run = Run(path=run.path, header=run.header, records=(*run.records, broken))
    assert [one.task for one in score_run(run, REGISTRY)] == [A]


def test_the_interval_can_be_chosen():
    (found,) = score_run(make_run("x", {REACH: 5}), REGISTRY, interval=clopper_pearson)
    chosen, expected = found.splits["test"].success, clopper_pearson(5, 20)
    assert (chosen.low, chosen.high) == (expected.low, expected.high)


def test_a_task_that_no_installed_package_declares_is_named():
    with pytest.raises(UnknownNameError, match="toy/avoid-v1"):
        score_run(make_run("x", {A: 5}))
