"""Each way to break an environment's contract is found, by the check that names it."""

import pytest

from ilbench.testing.environment_checks import ENVIRONMENT_CHECKS
from ilbench.testing.task_contract import check_task
from ilbench.testing.toys import HARBOR, toy_task

GOLDEN = "the golden trajectory replays"
BROKEN = {
    "StartsAnywhere": "the global random generators are left alone",
    "OneArray": "an observation that was kept does not change",
    "OneState": "a state that was kept does not change",
    "SaysNothing": "every info says success and mode",
    "InfiniteReward": "every reward is a finite number and every end a bool",
    "NumpyEnd": "every reward is a finite number and every end a bool",
    "SeededByAttribute": "the Gymnasium id plays what a run plays",
    "NumpySuccess": "every info says success and mode",
    "UnknownMode": "every info says success and mode",
    "DoublePrecision": "observations are the declared fields at every step",
    "WritesContext": "a context is not changed by the episode",
    "Remembers": "a used environment plays like a fresh one",
    "AsksHash": "another process plays the same bits",
    "InventsStarts": "a reset without a context is refused",
    "BeginsSolved": "the first and last context of every split resets",
    "EndsAtOnce": "the Gymnasium id passes Gymnasium's check",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_environment_is_found(name):
    problems = check_task(toy_task(env=f"ilbench_broken:{name}"), ENVIRONMENT_CHECKS)
    assert BROKEN[name] in {problem.check for problem in problems}


def test_an_environment_that_behaves_otherwise_has_drifted():
    problems = check_task(toy_task(env_options={"current": 0.02}), ENVIRONMENT_CHECKS)
    assert [problem.check for problem in problems] == [GOLDEN]
    assert "from step 10" in problems[0].found


def test_every_check_finds_something_and_nothing_on_the_sound_toy():
    assert {*BROKEN.values(), GOLDEN} == {check.name for check in ENVIRONMENT_CHECKS}
    assert check_task(HARBOR, ENVIRONMENT_CHECKS) == []
