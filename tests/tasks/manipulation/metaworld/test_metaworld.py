from __future__ import annotations

import pickle

import numpy as np
import pytest

from ilbench.tasks.manipulation.metaworld.lists import LISTS
from ilbench.tasks.manipulation.metaworld.tasks import DECLARED, IMAGES, PICK_PLACE

if PICK_PLACE.missing_package():
    pytest.skip("needs ilbench[manipulation]", allow_module_level=True)

LIST = {one.name: one for one in LISTS}

COMPARED = (
    "pick-place",
    "drawer-open",
    "box-close",
    "stick-pull",
    "hammer",
    "door-lock",
    "basketball",
)
"""One and two objects, free, hinged and sliding, and resets whose second run needs what the first left."""


@pytest.fixture(scope="module")
def pick_place():
    return PICK_PLACE.make_env().unwrapped


def stock(task, context):
    """Returns Meta-World's own environment with the task set as MT1 does it, and what it shows."""
    from metaworld.env_dict import ALL_V3_ENVIRONMENTS
    from metaworld.types import Task

    name = task.make_env().unwrapped.env_name
    cls = ALL_V3_ENVIRONMENTS[name]
    data = {"env_cls": cls, "rand_vec": np.array(context["rand_vec"]), "partially_observable": False}
    env = cls()
    env.set_task(Task(env_name=name, data=pickle.dumps(data)))
    return env, env.reset()[0]


@pytest.mark.parametrize("name", COMPARED)
def test_an_expert_episode_is_meta_worlds_bit_for_bit(name):
    task = DECLARED[name]
    before, context = task.contexts("test")[:2]
    original, theirs = stock(task, context)
    env, expert = task.make_env(), task.make_expert()
    env.reset(options={"context": before})
    env.step(np.ones(4, np.float32))
    ours, _ = env.reset(options={"context": context})
    expert.reset(env, seed=0)
    for _ in range(100):
        np.testing.assert_array_equal(ours["state"], theirs.astype(np.float32))
        action = expert.act(ours)
        theirs, their_reward, _, _, their_info = original.step(action)
        ours, reward, _, _, info = env.step(action)
        assert (reward, info["success"]) == (their_reward, bool(their_info["success"]))
    np.testing.assert_array_equal(env.unwrapped.sim_env.data.qpos, original.data.qpos)


def test_contacts_of_the_pads_are_found_as_meta_world_finds_them(pick_place):
    from metaworld.sawyer_xyz_env import SawyerXYZEnv

    expert, env = PICK_PLACE.make_expert(), pick_place.sim_env
    observation, _ = pick_place.reset(options={"context": PICK_PLACE.contexts("test")[0]})
    expert.reset(pick_place, seed=0)
    found = set()
    for _ in range(60):
        observation, *_ = pick_place.step(expert.act(observation))
        geom = env._get_id_main_object()
        touching = env.touching_object(geom)
        assert touching == SawyerXYZEnv.touching_object(env, geom)
        found.add(bool(touching))
    assert found == {False, True}


def test_meta_world_truncates_at_the_tasks_horizon(pick_place):
    pick_place.reset(options={"context": PICK_PLACE.contexts("test")[0]})
    ends = [pick_place.step(np.zeros(4, np.float32))[3] for _ in range(PICK_PLACE.horizon)]
    assert ends == [False] * (PICK_PLACE.horizon - 1) + [True]


def test_a_goal_outside_meta_worlds_box_is_observed_where_it_is(pick_place):
    context = PICK_PLACE.contexts("shift/goal")[0]
    pick_place.reset(options={"context": context})
    observation, *_ = pick_place.step(np.zeros(4, np.float32))
    np.testing.assert_array_equal(observation["state"][36:39], np.float32(context["rand_vec"][3:]))


def test_pick_places_contexts_lie_in_meta_worlds_box_and_keep_its_distance():
    for split in ("train", "test"):
        vectors = np.array([context["rand_vec"] for context in PICK_PLACE.contexts(split)])
        assert np.all(vectors >= [-0.1, 0.6, 0.02, -0.1, 0.8, 0.05])
        assert np.all(vectors <= [0.1, 0.7, 0.02, 0.1, 0.9, 0.3])
        assert np.all(np.linalg.norm(vectors[:, :2] - vectors[:, 3:5], axis=1) >= 0.15)


def test_the_faster_tolerance_is_meta_worlds(pick_place):
    from metaworld.utils import reward_utils

    from ilbench.tasks.manipulation.metaworld.speed import tolerance

    rng = np.random.default_rng(0)
    for _ in range(2000):
        x, lower, width, margin = rng.normal(), rng.normal(), rng.uniform(0, 1), rng.uniform(0, 1)
        arguments = (x, (lower, lower + width), margin, rng.choice(["long_tail", "gaussian"]))
        assert tolerance(*arguments) == reward_utils.tolerance(*arguments)


def test_stick_pulls_goals_are_where_its_thermos_can_go():
    task = DECLARED["stick-pull"]
    goals = [context["rand_vec"][3] for split in ("train", "test") for context in task.contexts(split)]
    assert 0.35 <= min(goals) < max(goals) <= 0.449


@pytest.mark.parametrize("task", IMAGES, ids=lambda task: task.id)
def test_an_image_task_plays_the_state_tasks_episode_and_shows_what_moves(task):
    state_task = DECLARED[task.env_options["env_name"].removesuffix("-v3")]
    env, state_env, expert = task.make_env(), state_task.make_env(), task.make_expert()
    context = state_task.contexts("test")[0]
    seen, _ = env.reset(options={"context": task.contexts("test")[0]})
    state_env.reset(options={"context": context})
    expert.reset(env, seed=0)
    first = seen["corner"]
    for _ in range(20):
        action = expert.act(seen)
        seen, *_ = env.step(action)
        full, *_ = state_env.step(action)
    np.testing.assert_array_equal(seen["state"], full["state"][:4])
    changed = np.any(seen["corner"] != first, axis=2)
    assert 0.02 < changed.mean() < 0.5  # the arm, and neither table nor wall
    env.close()


def test_the_picture_is_upright_so_a_rising_arm_rises_in_it():
    task = next(task for task in IMAGES if "pick-place" in task.id)
    env = task.make_env()
    low, _ = env.reset(options={"context": task.contexts("test")[0]})
    for _ in range(25):
        high, *_ = env.step(np.array([0, 0, 1, -1], np.float32))
    assert row_of_the_arm(high["corner"]) < row_of_the_arm(low["corner"]) - 2
    env.close()


def row_of_the_arm(picture):
    red, green = picture[..., 0].astype(int), picture[..., 1].astype(int)
    return float(np.nonzero(red - green > 70)[0].mean())


def test_the_lists_are_meta_worlds():
    from metaworld import env_dict

    for number in (10, 25, 50):
        assert names(LIST[f"metaworld/mt{number}"].train) == set(getattr(env_dict, f"MT{number}_V3"))
    for number in (10, 25, 45):
        theirs, ours = getattr(env_dict, f"ML{number}_V3"), LIST[f"metaworld/ml{number}"]
        assert (names(ours.train), names(ours.test)) == (set(theirs["train"]), set(theirs["test"]))


def test_basketball_is_flagged_where_it_is_trained_and_tested():
    overlapping = {one.name for one in LISTS if set(one.train) & set(one.test)}
    assert overlapping == {"metaworld/ml25"}
    assert "basketball" in LIST["metaworld/ml25"].notes


def names(ids):
    by_id = {task.id: f"{name}-v3" for name, task in DECLARED.items()}
    return {by_id[task_id] for task_id in ids}
