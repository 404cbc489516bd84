from __future__ import annotations

from ilbench.baselines.random_policy import RandomPolicy
from ilbench.contract.policy import DEFAULT_WIDTH, MAX_WIDTH, PLACES, BatchedPolicy


def test_the_width_that_published_runs_have_is_the_default():
    assert (DEFAULT_WIDTH, MAX_WIDTH) == (8, 1024)


def test_a_policy_runs_here_or_in_a_process_of_its_own():
    assert PLACES == ("inline", "process")


def test_a_policy_is_known_by_its_methods_alone():
    assert isinstance(RandomPolicy(), BatchedPolicy)
    assert not isinstance(lambda observation: 0, BatchedPolicy)
