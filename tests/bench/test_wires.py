from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from ilbench.bench.overhead import Pace
from ilbench.bench.wires import IMAGES, NUMBERS, Still, _cost, _places, _serving, peer_pace
from ilbench.errors import UsageError


@pytest.mark.parametrize(("task", "size"), [(NUMBERS, 20), (IMAGES, 2 * 96 * 96 * 3)])
def test_an_environment_shows_what_its_task_declares(task, size):
    env = task.make_env()
    observation, _ = env.reset(seed=0, options={"context": task.contexts("test")[0]})
    declared = {field.name: (field.shape, np.dtype(field.dtype)) for field in task.observation}
    assert {name: (array.shape, array.dtype) for name, array in observation.items()} == declared
    assert sum(array.size for array in observation.values()) == size


def test_the_policy_answers_zeros_for_every_lane():
    assert Still().act({"state": np.ones((8, 20))}).tolist() == [[0.0] * 4] * 8


def test_every_place_is_measured():
    assert list(_places(NUMBERS, ["bwrap"])) == [
        "inline",
        "process",
        "process in bwrap",
        "TCP on loopback",
        "openpi's wire",
    ]


def test_a_served_policy_says_where_it_is():
    with _serving(NUMBERS, "ilbench") as address:
        assert address.startswith("127.0.0.1:")


def test_costs_are_medians():
    paces = [Pace(steps_per_s=rate, cpu_us=1e6 / rate, num_steps=1) for rate in (100.0, 400.0, 200.0)]
    cost = _cost("numbers", "inline", paces)
    assert (cost.steps_per_s, cost.cpu_us, cost.rounds) == (200.0, 5000.0, 3)


def test_a_loop_of_others_that_fails_says_why():
    with pytest.raises(UsageError, match="there is no gRPC loop"):
        peer_pace("gRPC loop", Path(sys.executable), "numbers", 1, 1)
    with pytest.raises(UsageError, match=r"openpi's own loop fails under .*: KeyError: 'sounds'"):
        peer_pace("openpi's own loop", Path(sys.executable), "sounds", 1, 1)
