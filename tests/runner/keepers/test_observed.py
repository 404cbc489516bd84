from __future__ import annotations

import numpy as np
import pytest

from ilbench.runner.keepers.observed import ObservedEnv
from ilbench.testing.toys import HARBOR

CONTEXT = {"context": {"x": 0.0}}
AHEAD = np.ones(1, np.float32)


class Onlooker:
    def __init__(self):
        self.seen = []

    def reset(self, env, observation, info):
        self.seen.append(env.state().tolist())

    def step(self, env, outcome):
        self.seen.append(env.state().tolist())


def test_the_onlooker_sees_every_state_and_the_player_gets_what_it_would_get_without():
    plain, observed = HARBOR.make_env(), ObservedEnv(HARBOR.make_env(), onlooker := Onlooker())
    states = []
    for one in (plain, observed):
        one.reset(seed=3, options=CONTEXT)
        states.append([one.state().tolist(), *(one.step(AHEAD)[0]["state"].tolist() for _ in range(3))])
    assert states[0] == states[1]
    assert len(onlooker.seen) == 4
    assert onlooker.seen[0] == states[0][0]


def test_everything_else_is_the_environments_own_but_what_is_private():
    observed = ObservedEnv(HARBOR.make_env(), Onlooker())
    assert observed.action_space.shape == (1,)
    assert observed.state().tolist() == [0.0, 0.0]
    with pytest.raises(AttributeError, match="_x"):
        _ = observed._x
