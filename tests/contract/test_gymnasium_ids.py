"""Gymnasium ids as the ecosystem expects them: made by name, checked, vectorized, recovered from data."""

import copy
import pickle
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
from ilbench.contract.outcome import InvalidOutcomeError
from ilbench.contract.registry import find_task, load_registry
from ilbench.demonstrations.recipe import standard_recipe
from ilbench.demonstrations.rollout import rollout
from ilbench.demonstrations.store import save
from ilbench.errors import UnknownNameError, UsageError
from ilbench.runs.identity import EpisodeId
from ilbench.testing.recital import recite, shows_the_same
from ilbench.testing.toys import HARBOR, HarborEnv, toy_task

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


@pytest.mark.parametrize("action", [[np.nan], [np.inf], [0.0, 0.0], 0.0, None, "left", [True], [1j]], ids=str)
def test_what_would_be_no_action_in_a_run_is_none_here(harbor, action):
    harbor.reset(seed=0)
    with pytest.raises(gym.error.InvalidAction, match=r"expected finite numbers of shape \(1,\)"):
        harbor.step(action)


@pytest.mark.parametrize("action", [-1, 7, 1.0, [1], True, None])
def test_so_it_is_with_choices(action):
    env = TaskByIndex("minigrid/door-key-8x8-v1")
    env.reset(seed=0)
    with pytest.raises(gym.error.InvalidAction, match="expected an integer from 0 to 6"):
        env.step(action)
    env.step(np.int64(2))
    env.close()


class Greedy(HarborEnv):
    """Writes into its action, observes in other dtypes, and ends by itself with a reward in NumPy's words."""

    def step(self, action):
        observation, _, _, _, info = super().step(action)
        action[:] = 9
        observation = {**observation, "state": observation["state"].astype(np.float64).tolist()}
        return observation, np.float32(0.1), np.bool_(self._x > 0.5), False, info


def playing(env):
    """Returns the harbor's Gymnasium id around another environment."""
    by_index = TaskByIndex(HARBOR)
    by_index.env = env(current=0.01)
    by_index.reset(seed=0)
    return by_index


def test_the_callers_action_is_never_written_into_and_observations_have_their_dtypes():
    env, action = playing(Greedy), np.ones(1, np.float32)
    observation, reward, terminated, _, _ = env.step(action)
    assert action == 1.0
    assert observation in env.observation_space
    assert (type(reward), reward, type(terminated)) == (float, float(np.float32(0.1)), bool)


def test_what_no_record_can_hold_is_an_error():
    class Broke(HarborEnv):
        def step(self, action):
            observation, _, *rest = super().step(action)
            return observation, float("nan"), *rest

    with pytest.raises(InvalidOutcomeError, match="step 1: the reward is nan"):
        playing(Broke).step([0.0])


def test_an_episode_that_is_over_is_not_stepped_on(harbor):
    harbor.reset(seed=0)
    while not any(harbor.step([1.0])[2:4]):
        pass
    with pytest.raises(gym.error.ResetNeeded, match="the episode is over; call reset before step"):
        harbor.step([1.0])
    harbor.reset()
    harbor.step([1.0])


def test_the_last_step_is_told_where_records_tell_it():
    env = TaskByIndex(toy_task(stops_on_success=False))
    env.reset(seed=0, options={"context": 0})
    told = [env.step([speed])[4] for speed in [1.0] * 15 + [-1.0] * 8]
    assert [info["success"] for info in told[-3:]] == [True] * 3
    assert not told[-1]["final_success"]


def test_it_is_not_told_where_success_says_it(harbor):
    assert "final_success" not in harbor.reset(seed=0)[1]


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
def test_a_copy_plays_what_the_original_does(copied):
    original = gym.make(gymnasium_id(POINT_MAZE)).unwrapped
    other = copied(original)
    starts = [env.reset(seed=3)[0] for env in (original, other)]
    assert shows_the_same(*starts)
    assert other.spec == original.spec
    for env in (original, other, other):
        env.close()


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
    with pytest.raises(UnknownNameError, match="named '7'"):
        harbor.reset(options={"split": 7})


@pytest.mark.parametrize("index", [-1, 1.0, "0", [0]])
def test_a_context_is_an_index_and_nothing_like_one(harbor, index):
    with pytest.raises(UsageError, match="toys/harbor-v1 has no context"):
        harbor.reset(options={"context": index})
    assert harbor.reset(options={"context": np.int64(3)})[1]["context"] == 3


def test_a_reset_that_fails_leaves_no_episode(harbor):
    harbor.reset(seed=0)
    harbor.env.reset = lambda **start: exec("raise RuntimeError('no water')")
    with pytest.raises(RuntimeError, match="no water"):
        harbor.reset()
    with pytest.raises(gym.error.ResetNeeded, match="there is no episode"):
        harbor.step([0.0])


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


# --- the same episode as a run


def demonstrated(task, env):
    """Returns the actions of the task's expert, and random ones up to the horizon."""
    rng = np.random.default_rng(0)
    drawn = list(task.action.sample(rng, task.horizon))
    if task.expert is None:
        return drawn
    shown = rollout(task, env, task.make_expert(), 0, 0, split="test").actions
    return [*shown, *drawn][: task.horizon]


@pytest.mark.slow
@pytest.mark.parametrize("task", load_registry().values(), ids=lambda task: task.id)
def test_every_id_plays_whole_episodes_as_a_run_does(task):
    episode, env, by_index = EpisodeId(task.id, "test", 0, 0), task.make_env(), TaskByIndex(task)
    played = recite(task, env, episode, actions := demonstrated(task, env))
    start = {"seed": episode.seed("environment"), "options": {"split": "test", "context": 0}}
    observation, total, told = by_index.reset(**start)[0], 0.0, []
    for action, seen in zip(actions, played.observations, strict=False):
        assert shows_the_same(observation, seen)
        observation, reward, *over, info = by_index.step(action)
        told, total = [*told, any(over)], total + reward
    record = played.record
    assert told == [False] * (record.length - 1) + [True]
    assert (total, *over) == (record.episode_return, record.terminated, record.truncated)
    assert (info["success"], info["mode"]) == (record.success, record.mode)
    assert info.get("final_success") == record.final_success
    env.close(), by_index.close()
