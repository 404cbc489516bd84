from __future__ import annotations

import pickle

import numpy as np
import pytest

from ilbench.rollout import rollout
from ilbench.tasks.manipulation.metaworld.tasks import PICK_PLACE

if PICK_PLACE.missing_package():
    pytest.skip("needs ilbench[manipulation]", allow_module_level=True)


@pytest.fixture(scope="module")
def envs():
    return {PICK_PLACE.id: PICK_PLACE.make_env()}


def test_pick_place_is_meta_worlds_bit_for_bit(envs):
    from metaworld.env_dict import ALL_V3_ENVIRONMENTS
    from metaworld.types import Task

    context = PICK_PLACE.contexts("test")[0]
    cls = ALL_V3_ENVIRONMENTS["pick-place-v3"]
    data = {"env_cls": cls, "rand_vec": np.array(context["rand_vec"]), "partially_observable": False}
    original = cls()
    original.set_task(Task(env_name="pick-place-v3", data=pickle.dumps(data)))
    theirs, _ = original.reset()
    env, expert = envs[PICK_PLACE.id], PICK_PLACE.make_expert()
    ours, _ = env.reset(options={"context": context})
    expert.reset(env, seed=0)
    for _ in range(60):
        np.testing.assert_array_equal(ours["state"], theirs.astype(np.float32))
        action = expert.act(ours)
        theirs, their_reward, _, _, their_info = original.step(action)
        ours, reward, _, _, info = env.step(action)
        assert (reward, info["success"]) == (their_reward - 10.0, bool(their_info["success"]))
        assert env.sim_env.touching_main_object == original.touching_main_object
    assert original.touching_main_object


def test_reaching_the_goal_returns_more_than_waiting_above_the_puck(envs):
    env, expert = envs[PICK_PLACE.id], PICK_PLACE.make_expert()
    reaching = rollout(PICK_PLACE, env, expert, 0, 0, split="test").rewards.sum()
    observation, _ = env.reset(options={"context": PICK_PLACE.contexts("test")[0]})
    waiting = 0.0
    for _ in range(PICK_PLACE.horizon):
        observation, reward, *_ = env.step(np.append(expert.act(observation)[:3], np.float32(-1)))
        waiting += reward
    assert waiting < 5 * reaching < 0


def test_a_goal_outside_meta_worlds_box_is_observed_where_it_is(envs):
    env = envs[PICK_PLACE.id]
    context = PICK_PLACE.contexts("shift/goal")[0]
    env.reset(options={"context": context})
    observation, *_ = env.step(np.zeros(4, np.float32))
    np.testing.assert_array_equal(observation["state"][36:39], np.float32(context["rand_vec"][3:]))


def test_pick_places_contexts_lie_in_meta_worlds_box_and_keep_its_distance():
    for split in ("train", "test"):
        vectors = np.array([context["rand_vec"] for context in PICK_PLACE.contexts(split)])
        assert np.all(vectors >= [-0.1, 0.6, 0.02, -0.1, 0.8, 0.05])
        assert np.all(vectors <= [0.1, 0.7, 0.02, 0.1, 0.9, 0.3])
        assert np.all(np.linalg.norm(vectors[:, :2] - vectors[:, 3:5], axis=1) >= 0.15)
