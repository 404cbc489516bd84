"""Gymnasium ids as the ecosystem expects them: made by name, checked, vectorized, recovered from data."""

import subprocess
import sys
import warnings

import gymnasium as gym
import minari
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from ilbench.contract.episode import EpisodeProgress
from ilbench.contract.fields import ActionField
from ilbench.contract.gymnasium_ids import TaskByIndex, action_space, env_spec
from ilbench.contract.gymnasium_registration import gymnasium_id
from ilbench.contract.registry import find_task, load_registry
from ilbench.demonstrations.recipe import standard_recipe
from ilbench.demonstrations.rollout import rollout
from ilbench.demonstrations.store import save
from ilbench.errors import UnknownNameError, UsageError
from ilbench.runs.identity import EpisodeId
from ilbench.testing.toys import HARBOR, toy_task

POINT_MAZE = "navigation/pointmaze-medium-v1"
ONE_A_SUITE = {
    task.suite: task.id for task in reversed([*load_registry().values()]) if "image" not in task.id
}


@pytest.fixture
def harbor():
    env = TaskByIndex(HARBOR)
    yield env
    env.close()


@pytest.fixture
def quiet():
    """Advice is no fault: units and ranges are the task's own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


# --- checked by others


@pytest.mark.parametrize("task_id", ONE_A_SUITE.values(), ids=list(ONE_A_SUITE))
@pytest.mark.usefixtures("quiet")
def test_a_task_of_every_suite_passes_gymnasiums_check(task_id):
    env = gym.make(gymnasium_id(task_id))
    check_env(env.unwrapped, skip_render_check=True)
    env.close()


@pytest.mark.parametrize("task_id", ONE_A_SUITE.values(), ids=list(ONE_A_SUITE))
@pytest.mark.usefixtures("quiet")
def test_a_task_of_every_suite_passes_the_check_of_stable_baselines(task_id):
    from stable_baselines3.common.env_checker import check_env as check_for_stable_baselines

    env = gym.make(gymnasium_id(task_id))
    check_for_stable_baselines(env)
    env.close()


@pytest.mark.usefixtures("quiet")
def test_rendering_passes_gymnasiums_check():
    env = gym.make(gymnasium_id(POINT_MAZE), render_mode="rgb_array")
    check_env(env.unwrapped)
    env.close()


@pytest.mark.usefixtures("quiet")
def test_a_learner_of_stable_baselines_trains_on_an_id():
    from stable_baselines3 import A2C

    learner = A2C("MultiInputPolicy", gym.make(gymnasium_id(POINT_MAZE)), n_steps=8, device="cpu", seed=0)
    learner.learn(16)
    assert learner.num_timesteps == 16


# --- the rules of the task


@pytest.mark.parametrize("task_id", ["robosuite/lift-v2", "robosuite/door-v1"])
def test_the_first_success_ends_a_task_that_stops_there(task_id):
    env = gym.make(gymnasium_id(task_id)).unwrapped
    observation, info = env.reset(seed=0, options={"split": "test", "context": 0})
    expert = env.task.make_expert()
    expert.reset(env.env, 0)
    terminated = truncated = False
    while not (terminated or truncated):
        assert not info["success"]
        observation, _, terminated, truncated, info = env.step(expert.act(observation))
    env.close()
    assert (terminated, truncated, info["success"]) == (True, False, True)


def test_an_episode_has_the_return_and_length_that_a_run_records():
    task, rng = find_task(POINT_MAZE), np.random.default_rng(0)
    actions = rng.uniform(-1.5, 1.5, (task.horizon, 2)).astype(np.float32)
    seed = EpisodeId(task.id, "test", 3, 0).seed("environment")
    env, bare = TaskByIndex(task), task.make_env()
    env.reset(seed=seed, options={"split": "test", "context": 3})
    _, info = bare.reset(seed=seed, options={"context": task.contexts("test")[3]})
    progress, total, steps, ended = EpisodeProgress(task, info), 0.0, 0, False
    for action in actions:
        _, reward, terminated, truncated, _ = env.step(action)
        total, steps = total + reward, steps + 1
        ended = progress.step(*bare.step(np.clip(action, -1, 1))[1:])
        assert (terminated, truncated) == (progress.terminated, progress.truncated)
        if ended:
            break
    assert (total, steps, ended) == (progress.episode_return, progress.length, True)


def test_the_horizon_truncates(harbor):
    harbor.reset(seed=0)
    ends = [harbor.step(np.zeros(1))[2:4] for _ in range(HARBOR.horizon)]
    assert ends == [(False, False)] * (HARBOR.horizon - 1) + [(False, True)]


def test_the_horizon_is_in_the_spec():
    env = gym.make(gymnasium_id(POINT_MAZE))
    assert env.spec.max_episode_steps == find_task(POINT_MAZE).horizon
    env.close()


def test_a_latched_success_stays_in_info():
    env = TaskByIndex(toy_task(stops_on_success=False))
    env.reset(seed=0, options={"context": 0})
    told = [env.step([speed])[4]["success"] for speed in [1.0] * 15 + [-1.0] * 3]
    assert told[14:] == [True] * 4


def test_an_observation_that_was_kept_does_not_change(harbor):
    kept, _ = harbor.reset(seed=0)
    before = kept["state"].copy()
    harbor.step(np.ones(1))
    np.testing.assert_array_equal(kept["state"], before)


def test_actions_are_clipped_as_in_a_run(harbor):
    harbor.reset(seed=0)
    assert harbor.step([7.0])[0]["state"][1] == 1.0


# --- contexts and seeds


def test_options_choose_split_and_context(harbor):
    _, info = harbor.reset(seed=0, options={"split": "test", "context": 5})
    assert (info["split"], info["context"]) == ("test", 5)


def test_a_context_is_drawn_from_train_by_the_seed(harbor):
    drawn = [harbor.reset(seed=seed)[1] for seed in (*range(20), *range(20))]
    assert {info["split"] for info in drawn} == {"train"}
    assert drawn[:20] == drawn[20:]
    assert len({info["context"] for info in drawn}) > 3


def test_resets_without_a_seed_go_on_from_the_last_one(harbor):
    def starts():
        seeded = harbor.reset(seed=3)[0]["state"][0]
        return [seeded, *(harbor.reset()[0]["state"][0] for _ in range(5))]

    assert starts() == starts()
    assert len(set(starts())) > 3


def test_what_does_not_exist_is_named(harbor):
    with pytest.raises(UnknownNameError, match="split of toys/harbor-v1"):
        harbor.reset(options={"split": "tset"})
    with pytest.raises(UsageError, match="no context 8 in test; expected 0 to 7"):
        harbor.reset(options={"split": "test", "context": 8})
    with pytest.raises(UsageError, match=r"found \['level'\], expected split and context"):
        harbor.reset(options={"level": 1})


def test_a_step_before_the_first_reset_is_refused(harbor):
    with pytest.raises(gym.error.ResetNeeded, match="call reset before step"):
        harbor.step([0.0])


# --- vectors, spaces, data sets


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_vectors_of_environments_play_what_single_ones_do(mode):
    envs = gym.make_vec(gymnasium_id(POINT_MAZE), num_envs=2, vectorization_mode=mode)
    observations, infos = envs.reset(seed=[4, 5])
    envs.close()
    single = gym.make(gymnasium_id(POINT_MAZE))
    for row, seed in enumerate((4, 5)):
        observation, info = single.reset(seed=seed)
        assert infos["context"][row] == info["context"]
        for name, values in observation.items():
            np.testing.assert_array_equal(observations[name][row], values)
    single.close()


def test_every_action_space_is_finite_and_holds_its_tasks_bounds():
    for task in load_registry().values():
        space = action_space(task.action)
        assert isinstance(space, gym.spaces.Discrete) or np.isfinite([space.low, space.high]).all()
    assert action_space(ActionField(shape=(2,), low=-1, high=1)) == gym.spaces.Box(-1, 1, (2,), np.float32)


def test_a_data_set_recovers_its_environment(tmp_path, monkeypatch):
    task = find_task(POINT_MAZE)
    env = task.make_env()
    trajectory = rollout(task, env, task.make_expert(), 0, 0)
    env.close()
    save(task, standard_recipe(task), [trajectory], cache=tmp_path)
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "demonstrations"))
    recovered = minari.load_dataset(f"ilbench/{task.id}/expert-v1").recover_environment()
    assert recovered.spec.id == gymnasium_id(task.id)
    assert recovered.reset(seed=0)[1]["split"] == "train"
    recovered.close()


def test_a_spec_makes_the_task_without_its_id_being_registered():
    code = (
        "import sys; from gymnasium.envs.registration import EnvSpec\n"
        "env = EnvSpec.from_json(sys.argv[1]).make(); print(env.unwrapped.task.id)"
    )
    spec = env_spec(find_task(POINT_MAZE)).to_json()
    ran = subprocess.run([sys.executable, "-c", code, spec], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == [POINT_MAZE]
