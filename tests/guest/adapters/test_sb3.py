"""Models that Stable-Baselines3 trained on a Gymnasium environment of ours: equal to its own ``predict``."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest
from adapting import observed, records, told
from stable_baselines3 import A2C, DQN, PPO, SAC
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

from ilbench.contract.fields import ActionField, Field
from ilbench.contract.gymnasium_ids import TaskByIndex
from ilbench.guest.adapters.mapping import MappingError
from ilbench.guest.adapters.sb3 import Policy, algorithm_of
from ilbench.testing.toys import HARBOR, toy_task

LOAD = "ilbench.guest.adapters.sb3:Policy"
SMALL = {"n_steps": 32, "n_epochs": 1, "seed": 0, "device": "cpu", "policy_kwargs": {"net_arch": [16]}}


def harbor():
    return TaskByIndex(HARBOR)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Returns a function to the arguments of a trained model, and the model: each is trained once."""
    folder, models = tmp_path_factory.mktemp("sb3"), {}

    def make(name):
        if name == "ppo":
            return PPO("MultiInputPolicy", harbor(), **SMALL).learn(32)
        if name == "sac":
            return SAC("MultiInputPolicy", harbor(), learning_starts=16, seed=0, device="cpu").learn(24)
        env = VecNormalize(DummyVecEnv([harbor]), norm_obs_keys=["state"])
        model = A2C("MultiInputPolicy", env, n_steps=16, seed=0, device="cpu").learn(32)
        env.save(str(folder / "statistics.pkl"))
        return model

    def find(name, **options):
        if name not in models:
            models[name] = make(name)
            models[name].save(folder / f"{name}.zip")
        return {"path": str(folder / f"{name}.zip"), "mapping": told(), **options}, models[name]

    return find


@pytest.mark.parametrize("name", ["ppo", "sac"])
def test_actions_are_those_of_predict_on_a_thousand_observations(trained, name):
    arguments, model = trained(name)
    policy = Policy(**arguments)
    worst = max(np.abs(policy.act(o) - model.predict(o, deterministic=True)[0]).max() for o in observed())
    assert worst <= 1e-6


def test_observations_are_normalized_by_the_statistics_beside_the_model(trained):
    arguments, model = trained("normalized", normalize="statistics.pkl")
    policy, env = Policy(**arguments), model.get_vec_normalize_env()
    for one in observed(80):
        expected = model.predict(env.normalize_obs(dict(one)), deterministic=True)[0]
        assert np.abs(policy.act(one) - expected).max() <= 1e-6


@pytest.mark.parametrize("options", [{}, {"deterministic": False}], ids=str)
def test_records_do_not_depend_on_lanes(trained, options):
    arguments, _ = trained("ppo", **options)
    assert records(LOAD, arguments, 1) == records(LOAD, arguments, 8)


def test_what_is_drawn_follows_from_the_seed(trained):
    policy, one = Policy(**trained("ppo", deterministic=False)[0]), observed(8)[0]
    drawn = []
    for seed in (3, 3, 4):
        policy.reset(2, seed, {})
        drawn.append(policy.act(one)[2, 0])
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_recurrent_model_keeps_the_state_of_each_lane(tmp_path):
    contrib = pytest.importorskip("sb3_contrib")
    model = contrib.RecurrentPPO("MultiInputLstmPolicy", harbor(), **SMALL)
    model.save(tmp_path / "model.zip")
    arguments = {"path": str(tmp_path / "model.zip"), "mapping": told()}
    policy, state = Policy(**arguments), None
    for number, one in enumerate(observed(80)):
        starts = np.full(8, number == 0)
        if number == 0:
            [policy.reset(lane, 0, {}) for lane in range(8)]
        expected, state = model.predict(one, state, starts, deterministic=True)
        assert np.abs(policy.act(one) - expected).max() <= 1e-6
    assert records(LOAD, arguments, 1) == records(LOAD, arguments, 8)


def test_a_model_of_numbered_actions_returns_their_numbers(tmp_path):
    task = toy_task(action=ActionField(num_actions=3), observation=(Field(name="state", shape=(2,)),))
    env = gymnasium.wrappers.FlattenObservation(_Numbered(task))
    DQN("MlpPolicy", env, learning_starts=8, seed=0, device="cpu").learn(16).save(tmp_path / "model.zip")
    policy = Policy(str(tmp_path / "model.zip"), told(task))
    actions = policy.act(observed(8, task=task)[0])
    assert actions.shape == (8,)
    assert actions.dtype == np.int64


class _Numbered(gymnasium.Env):
    """The spaces of a task, and nothing behind them."""

    def __init__(self, task):
        inner = TaskByIndex(HARBOR).observation_space["state"]
        self.observation_space = gymnasium.spaces.Dict({"state": inner})
        self.action_space = task.action.space()

    def reset(self, seed=None, options=None):
        super().reset(seed=seed)
        return {"state": np.zeros(2, np.float32)}, {}

    def step(self, action):
        return {"state": np.zeros(2, np.float32)}, 0.0, False, True, {}


def test_the_algorithm_is_read_without_loading_the_model(trained):
    names = [algorithm_of(trained(name)[0]["path"]) for name in ("ppo", "sac", "normalized")]
    assert names == ["PPO", "SAC", "A2C"]


def test_a_model_of_another_tasks_actions_is_found_out(trained):
    arguments, _ = trained("ppo")
    other = toy_task(action=ActionField(shape=(3,)))
    with pytest.raises(MappingError, match=r"takes actions of shape \(3\).*returns \(1\) a row"):
        Policy(arguments["path"], told(other))
