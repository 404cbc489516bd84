from __future__ import annotations

import numpy as np
import pytest

from ilbench.guest.lifting import lift_object
from ilbench.runner.faults import PolicyFault
from ilbench.runner.hosts.inline import InlineHost, load_inline


class Pupil:
    def reset(self, lane, seed, task):
        self.told = task

    def act(self, observations):
        return [[0.0, 1.0]] * 8


def test_a_policy_is_told_the_public_description_and_its_list_becomes_an_array(task):
    pupil = Pupil()
    host = InlineHost(lift_object(pupil, 8), task, 8)
    host.reset(0, seed=1)
    assert pupil.told == task.description()
    assert isinstance(host.act([0]), np.ndarray)


def test_a_policy_for_single_episodes_is_made_once_a_lane(task, spec):
    host = load_inline(spec("OneAtATime"), task, num_lanes=2)
    host.reset(1, seed=1)
    with pytest.raises(PolicyFault, match="IndexError"):
        host.reset(2, seed=1)


def test_a_closed_host_has_let_its_policy_go(task, spec):
    host = load_inline(spec("Wanderer"), task, num_lanes=2)
    host.close()
    with pytest.raises(PolicyFault, match="NotImplementedError"):
        host.act([0])
