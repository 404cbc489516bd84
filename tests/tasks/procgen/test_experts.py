"""Procgen's planner, search and shooting; batches of levels; gen_dgrl's files."""

from __future__ import annotations

import numpy as np
import pytest

from ilbench.demonstrations import InvalidArchiveError, import_set
from ilbench.demonstrations.rollout import rollout
from ilbench.tasks.procgen import DECLARED, TASKS

if TASKS[0].missing_package():
    pytest.skip("procgen-mirror is not installed", allow_module_level=True)

from ilbench.tasks.procgen.batch import LevelBatch
from ilbench.tasks.procgen.environment import ProcgenEnv
from ilbench.tasks.procgen.estimates import FAR, distances_to, keyed_distances
from ilbench.tasks.procgen.gen_dgrl import find_sets
from ilbench.tasks.procgen.search import Planner, SearchExpert
from ilbench.tasks.procgen.shooting import ShootingExpert
from ilbench.tasks.procgen.state import decode_state, read_agent

ALL = {task.id: task for task in vars(DECLARED).values()}
SEARCHED = [task for task in ALL.values() if task.expert and task.expert.endswith("SearchExpert")]
OPEN = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]], bool)


def frames_of(env, context, actions):
    frames, outcomes = [env.reset(options={"context": context})[0]["image"]], []
    for action in actions:
        observation, reward, terminated, truncated, info = env.step(int(action))
        frames.append(observation["image"])
        outcomes.append((reward, terminated, truncated, info["success"]))
        if terminated or truncated:
            break
    return frames, outcomes


def test_distances_go_around_walls_and_never_cut_a_corner():
    distances = distances_to([(0, 0)], OPEN)
    assert distances[2, 2] == 4.0
    assert distances[1, 1] == FAR
    assert distances_to([(0, 0)], np.ones((3, 3), bool))[2, 2] == pytest.approx(2 * 2**0.5)


def test_a_locked_door_is_as_far_as_its_key():
    corridor = np.ones((1, 6), bool)
    distances = keyed_distances([(0, 5)], corridor, doors={(0, 4): 0}, keys={(0, 0): 0}, num_keys=1)
    assert distances[1, 0, 2] == 3.0
    assert distances[0, 0, 2] == 2.0 + 5.0
    assert keyed_distances([(0, 5)], corridor, {(0, 4): 0}, {}, 1)[0, 0, 2] == FAR


@pytest.mark.parametrize("task", SEARCHED, ids=lambda task: task.id)
def test_a_plan_leads_to_the_goal_in_an_environment_of_its_own(task):
    env = task.make_env()
    context = task.contexts("validation")[3]
    env.reset(options={"context": context})
    plan = Planner(env.unwrapped).plan(env.unwrapped.state().tobytes())
    assert plan.reaches_goal
    _, outcomes = frames_of(task.make_env(), context, plan.actions)
    assert outcomes[-1] == (10.0, True, False, True)
    assert len(outcomes) == len(plan.actions)
    env.close()


def test_the_search_does_not_touch_the_environment_and_plans_the_same_again():
    env = ProcgenEnv("coinrun", 1000, distribution_mode="easy")
    env.reset(options={"context": {"level": 300}})
    before = env.state()
    plans = [Planner(env.unwrapped).plan(before.tobytes()) for _ in range(2)]
    assert plans[0] == plans[1]
    assert np.array_equal(env.state(), before)
    env.close()


@pytest.mark.parametrize("name", ["heist-v1", "jumper-v1"])
def test_an_expert_that_is_pushed_off_its_way_plans_anew(name):
    task = ALL[f"procgen/{name}"]
    env = task.make_env()
    trajectory = rollout(task, env, SearchExpert(), 1, seed=3, split="validation", noise=0.1)
    assert trajectory.success
    assert np.any(trajectory.actions != trajectory.expert_actions)
    env.close()


def test_shooting_finishes_a_mine_that_chance_does_not():
    env, expert = ProcgenEnv("miner", 1000, distribution_mode="easy"), ShootingExpert()
    env.reset(options={"context": {"level": 301}})
    expert.reset(env, seed=5)
    for _ in range(200):
        _, _, terminated, _, info = env.step(int(expert.act({})))
        if terminated:
            break
    assert info["success"]
    expert.close()
    env.close()


@pytest.mark.parametrize(("game", "limit"), [("coinrun", 1000), ("maze", 500), ("starpilot", 1000)])
def test_a_batch_of_64_levels_plays_each_as_it_is_played_alone(game, limit):
    batch = LevelBatch(game, limit, 64, distribution_mode="easy")
    env = ProcgenEnv(game, limit, distribution_mode="easy")
    actions = np.random.default_rng(0).integers(15, size=(20, 64))
    first = [batch.start(lane, {"level": 300 + lane}) for lane in range(64)]
    steps = [batch.step(row) for row in actions]
    for lane in range(64):
        frames, outcomes = frames_of(env, {"level": 300 + lane}, actions[:, lane])
        together = [(s.rewards[lane], s.terminated[lane], s.truncated[lane], s.success[lane]) for s in steps]
        assert [tuple(map(float, one)) for one in together[: len(outcomes)]] == [
            tuple(map(float, one)) for one in outcomes
        ]
        seen = [first[lane], *(s.frames[lane] for s in steps)]
        assert np.array_equal(np.stack(frames), np.stack(seen[: len(frames)]))
    batch.close()
    env.close()


def test_a_lane_is_given_another_level_while_others_play_on():
    batch = LevelBatch("maze", 500, 2, distribution_mode="easy")
    env = ProcgenEnv("maze", 500, distribution_mode="easy")
    batch.start(0, {"level": 300})
    batch.step(np.array([5, 7]))
    assert batch.in_play.tolist() == [True, False]
    batch.start(1, {"level": 301})
    step = batch.step(np.array([7, 5]))
    for lane, actions in enumerate(([5, 7], [5])):
        frames, _ = frames_of(env, {"level": 300 + lane}, actions)
        assert np.array_equal(step.frames[lane], frames[-1])
    batch.close()
    env.close()


def test_a_batch_refuses_options_of_a_single_lane():
    batch = LevelBatch("maze", 500, 1, distribution_mode="easy")
    with pytest.raises(ValueError, match="options are those of the batch"):
        batch.start(0, {"level": 3, "use_backgrounds": False})
    batch.close()


def test_the_quick_reader_agrees_with_the_whole_decoder():
    env = ProcgenEnv("ninja", 1000, distribution_mode="easy")
    env.reset(options={"context": {"level": 5}})
    env.step(7)
    blob = env.state().tobytes()
    agent, time = read_agent(blob)
    things = decode_state(blob).entities
    assert (agent, time) == (things[things["type"] == 0][-1], 1)
    env.close()


@pytest.fixture
def archive(tmp_path):
    """Two episodes of maze's planner as gen_dgrl writes them, one in each of its ways."""
    task = ALL["procgen/maze-v2"]
    env, folder = task.make_env(), tmp_path / "expert" / "maze"
    folder.mkdir(parents=True)
    for number, suffix in enumerate((".npy", ".npz")):
        made = rollout(task, env, task.make_expert(), number + 3, seed=1, split="train")
        images = made.observations["image"]
        episode = {
            "observations": images.transpose(0, 3, 1, 2).astype(np.float32),
            "actions": made.actions[:, None],
            "rewards": made.rewards[:, None].astype(np.float32),
            "dones": np.arange(len(made)) == len(made) - 1,
        }
        file = folder / f"20230101T000000_{number}_{len(made)}_{number + 3}_10.00{suffix}"
        np.save(file, episode) if suffix == ".npy" else np.savez_compressed(file, **episode)
    env.close()
    return tmp_path


def test_gen_dgrl_episodes_become_demonstrations_with_their_levels(archive, tmp_path):
    (found,) = find_sets(archive)
    assert found.task.id == "procgen/maze-v2"
    imported = import_set(found, "gen_dgrl", cache=tmp_path / "cache")
    task, env = found.task, found.task.make_env()
    for number, trajectory in enumerate(imported.trajectories):
        own = rollout(task, env, task.make_expert(), number + 3, seed=1, split="train")
        assert (trajectory.context, trajectory.seed) == (number + 3, number + 3)
        assert (trajectory.success, trajectory.terminated) == (True, True)
        assert np.array_equal(trajectory.observations["image"], own.observations["image"])
        assert np.array_equal(trajectory.actions, own.actions)
    env.close()


def test_a_gen_dgrl_episode_that_contradicts_its_name_is_refused(archive):
    (file,) = archive.rglob("*.npz")
    file.rename(file.with_name(file.name.replace("_10.00", "_5.00")))
    (found,) = find_sets(archive)
    with pytest.raises(InvalidArchiveError, match="a sum of 5, as the name says"):
        [list(found.read(one)) for one in found.files]


def test_a_folder_without_episodes_is_refused(tmp_path):
    with pytest.raises(InvalidArchiveError, match="no episode of a Procgen game"):
        find_sets(tmp_path)
