from __future__ import annotations

import numpy as np
import pytest

from ilbench.runner.faults import PolicyFault
from ilbench.runner.hosts.expert import ExpertHost


def test_the_expert_acts_as_if_it_were_alone_with_its_environment(task):
    env, expert, host = task.make_env(), task.make_expert(), ExpertHost(task, 8, 2)
    observation, _ = env.reset(seed=0, options={"context": task.contexts("test")[0]})
    expert.reset(env, 5)
    host.show(1, env)
    host.reset(1, seed=5)
    for name, values in host.observations.items():
        values[1] = observation[name]
    assert (host.act([1]).chunk(1) == np.float32(expert.act(observation))).all()


def test_an_expert_that_cannot_act_is_at_fault_in_its_lane_alone(task):
    host = ExpertHost(task, 8, 2)
    assert host.act([0, 1]).faults.keys() == {0, 1}


def test_an_expert_that_was_shown_nothing_fails_its_episode(task):
    with pytest.raises(PolicyFault, match="KeyError"):
        ExpertHost(task, 8, 1).reset(0, seed=1)
