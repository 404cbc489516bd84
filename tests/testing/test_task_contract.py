"""The whole contract over a task: a sound one has no problem, and what is raised is named."""

import pytest

from ilbench.errors import MissingPackageError
from ilbench.testing.task_contract import CHECKS, check_task
from ilbench.testing.task_subject import ElsewhereError, play_elsewhere
from ilbench.testing.toys import HARBOR, toy_task


def test_the_sound_toy_has_no_problem():
    assert check_task(HARBOR) == []


def test_every_check_has_a_name_of_its_own_and_a_remedy():
    assert len({check.name for check in CHECKS}) == len(CHECKS) == 27
    assert all(check.remedy for check in CHECKS)


def test_what_an_environment_raises_is_named():
    problems = check_task(toy_task(env="ilbench_broken:Breaks"))
    assert "RuntimeError: the hull is leaking" in {problem.found for problem in problems}


def test_declarations_are_checked_without_the_simulator():
    task = toy_task(packages=("no-such-package",))
    declared = [check for check in CHECKS if not check.simulates]
    assert [problem.check for problem in check_task(task, declared)] == ["a changed spec has a new version"]
    with pytest.raises(MissingPackageError, match="no-such-package"):
        check_task(task)


def test_a_process_that_fails_elsewhere_is_named_with_its_last_words():
    with pytest.raises(ElsewhereError, match=r"ended with 1: RuntimeError: the hull is leaking"):
        play_elsewhere([toy_task(env="ilbench_broken:Breaks")])
