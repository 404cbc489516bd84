"""Each way in which an expert disappoints is found, by the check that names it."""

import pytest

from ilbench.contract.fields import Field
from ilbench.contract.task import DemonstrationPlan
from ilbench.testing.expert_checks import EXPERT_CHECKS
from ilbench.testing.task_contract import check_task
from ilbench.testing.toys import HARBOR, toy_task

SOLVES = "the expert solves held-out contexts"
EXPLAINED = DemonstrationPlan(count=8, procedure=(Field(name="plan", shape=(2,)),))
BROKEN = {
    SOLVES: {"expert": "ilbench_broken:TiredRower"},
    "alternative experts solve held-out contexts too": {
        "alternative_experts": {"tired": "ilbench_broken:TiredRower"}
    },
    "a success of a task with modes has its mode": {"expert": "ilbench_broken:ObstinateRower"},
    "an expert that is to explain itself does": {"demonstrations": EXPLAINED},
}


@pytest.mark.parametrize("check", BROKEN)
def test_a_broken_expert_is_found(check):
    problems = check_task(toy_task(**BROKEN[check]), EXPERT_CHECKS)
    assert check in {problem.check for problem in problems}


def test_an_expert_that_needs_longer_than_the_horizon_is_found():
    problems = check_task(toy_task(horizon=3), EXPERT_CHECKS)
    assert "0 of 4 test contexts solved" in {problem.found for problem in problems}


def test_a_task_without_expert_or_modes_is_pardoned():
    bare = toy_task(expert=None, demonstrations=None, modes=())
    assert check_task(bare, EXPERT_CHECKS) == []


def test_every_check_finds_something_and_nothing_on_the_sound_toy():
    assert set(BROKEN) == {check.name for check in EXPERT_CHECKS}
    assert check_task(HARBOR, EXPERT_CHECKS) == []
