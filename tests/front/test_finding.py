"""Tasks by value, id or suite."""

from __future__ import annotations

import pytest
from drifting import TASK, Drifter, digests, forward, play

import ilbench
from ilbench.errors import UnknownNameError, UsageError


def test_a_task_is_given_by_value_id_or_suite():
    by_value = play(forward, workers=None, repeats=1)
    assert digests(ilbench.run(forward, tasks=[ilbench.task(TASK)], split=["test"], repeats=1)) == digests(
        by_value
    )
    with pytest.raises(UsageError, match="no task was named"):
        ilbench.run(forward)
    with pytest.raises(UnknownNameError, match="did you mean 'd3il'"):
        ilbench.run(forward, suite="d3li")


def test_a_policy_is_told_the_names_of_the_states_components():
    told = {}

    class Listens(Drifter):
        def reset(self, seed, task):
            super().reset(seed, task)
            told.update(task)

    play(Listens(), workers=None, repeats=1)
    components = told["observation"]["state"]["components"]
    assert components == list(ilbench.task(TASK).observation[0].components)
