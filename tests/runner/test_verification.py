from __future__ import annotations

import pytest

from ilbench.contract.registry import find_task
from ilbench.errors import UsageError
from ilbench.runner.verification import Verification, enough_repeats

ONE_CONTEXT = find_task("d3il/avoiding-v3")
MANY_CONTEXTS = find_task("navigation/pointmaze-umaze-v1")


def test_a_task_of_one_context_is_repeated_until_every_lane_has_an_episode():
    assert enough_repeats(ONE_CONTEXT, 8, None, lanes=8) == 8
    assert enough_repeats(MANY_CONTEXTS, 8, None, lanes=8) == 1
    assert enough_repeats(MANY_CONTEXTS, 3, None, lanes=8) == 3


def test_fewer_episodes_than_lanes_are_no_check():
    with pytest.raises(UsageError, match=r"1 contexts × 7 repeats .* are 7 episodes, too few for 8 lanes"):
        enough_repeats(ONE_CONTEXT, 8, 7, lanes=8)
    assert enough_repeats(ONE_CONTEXT, 8, 9, lanes=8) == 9


def test_records_are_the_same_if_every_digest_is():
    assert Verification(task="t", num_episodes=8, digests={"1": "a", "2": "a"}).same
    assert not Verification(task="t", num_episodes=8, digests={"1": "a", "2": "b"}).same
