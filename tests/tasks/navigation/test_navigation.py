"""The maze tasks: their physics is the original's, their contexts are held out, their expert solves them."""

import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ilbench.contract.episode import EpisodeProgress
from ilbench.digest import array_digest
from ilbench.importing import load_object
from ilbench.tasks.navigation.pointmaze_tasks import POINTMAZE_LARGE, POINTMAZE_UMAZE
from ilbench.tasks.navigation.pointmaze_tasks import POINTMAZE_MEDIUM as TASK

pytest.importorskip("mujoco")
pytest.importorskip("gymnasium_robotics")

from gymnasium_robotics.envs.maze import maps
from gymnasium_robotics.envs.maze.point_maze import PointMazeEnv

from ilbench.tasks.navigation.contexts import HELD_OUT, quarter
from ilbench.tasks.navigation.mazes import load_maze, load_model

SHIFTS = [name for name in TASK.split_names if name.startswith("shift/")]


@pytest.fixture(scope="module")
def env():
    return TASK.make_env()


@pytest.fixture
def original():
    env = PointMazeEnv(maze_map=maps.MEDIUM_MAZE, continuing_task=False)
    env.position_noise_range = 0.0
    yield env
    Path(env.tmp_xml_file_path).unlink()


def random_actions(seed, steps):
    """Pushes that last 20 steps: long enough to hit walls and the speed limit."""
    pushes = np.random.default_rng(seed).uniform(-1, 1, (math.ceil(steps / 20), 2)).astype(np.float32)
    return np.repeat(pushes, 20, axis=0)[:steps]


def digest(env, split, index, seed=0, steps=60):
    observation, _ = env.reset(seed=seed, options={"context": TASK.contexts(split)[index]})
    parts = [observation["state"], env.state()]
    for action in random_actions(index, steps):
        parts += [env.step(action)[0]["state"], env.state()]
    return array_digest(*parts)


def expert_episode(env, expert, context, seed=0, task=TASK):
    observation, info = env.reset(seed=seed, options={"context": context})
    expert.reset(env, seed)
    progress, ended = EpisodeProgress(task, info), False
    while not ended:
        observation, *outcome = env.step(expert.act(observation))
        ended = progress.step(*outcome)
    return progress


@pytest.mark.parametrize("seed", range(3))
def test_a_trajectory_equals_the_originals_to_the_last_bit(env, original, seed):
    start, goal = load_maze("medium").cells[seed], load_maze("medium").cells[-1 - seed]
    theirs, _ = original.reset(options={"reset_cell": np.array(start), "goal_cell": np.array(goal)})
    context = {"start": theirs["achieved_goal"].tolist(), "goal": theirs["desired_goal"].tolist()}
    env.reset(options={"context": context})
    for action in random_actions(seed, 400):
        expected, reward, terminated, _, info = original.step(action)
        _, *ours = env.step(action)
        assert ours[:2] == [reward, terminated]
        assert ours[3]["success"] == info["success"]
        assert np.array_equal(np.concatenate([env._position, env._velocity]), expected["observation"])


def test_the_random_pushes_of_these_tests_reach_walls_and_the_speed_limit(env):
    env.reset(options={"context": TASK.contexts("train")[0]})
    seen = [(env.step(a)[0]["state"], env._data.ncon) for a in random_actions(0, 400)]
    assert max(num_contacts for _, num_contacts in seen) > 1  # the ground is always one
    assert max(abs(state[2:4]).max() for state, _ in seen) > 4.9


def test_success_is_at_most_45_centimeters_and_terminates_with_reward_one(env):
    *_, info = env.reset(options={"context": {"start": [1.0, 1.5], "goal": [1.45, 1.5]}})
    assert info == {"success": True, "mode": None}
    *_, info = env.reset(options={"context": {"start": [1.0, 1.5], "goal": [1.4501, 1.5]}})
    assert info["success"] is False
    _, reward, terminated, truncated, info = env.step(np.array([1.0, 0.0], np.float32))
    assert (reward, terminated, truncated, info["success"]) == (1.0, True, False, True)


def test_an_observation_holds_position_velocity_and_goal_in_the_declared_order(env):
    observation, _ = env.reset(options={"context": {"start": [-2.5, 2.5], "goal": [0.5, -1.25]}})
    assert observation["state"].tolist() == [-2.5, 2.5, 0.0, 0.0, 0.5, -1.25]
    observation, *_ = env.step(np.array([1.0, 0.0], np.float32))
    assert observation["state"][2] == pytest.approx(100 / 4.18879 * 0.01, rel=0.01)
    assert observation in env.observation_space


def test_the_wind_is_the_force_of_the_action_it_names(env):
    context = {"start": [-2.5, 2.5], "goal": [0.5, -1.25]}
    env.reset(options={"context": {**context, "wind": [30.0, -40.0]}})
    blown = env.step(np.zeros(2, np.float32))[0]["state"]
    env.reset(options={"context": context})
    assert np.allclose(blown, env.step(np.array([0.3, -0.4], np.float32))[0]["state"], atol=1e-6)


@pytest.mark.parametrize("split", ["test", "shift/larger-maze", "shift/wind-5"])
def test_a_used_environment_gives_the_same_bits_as_a_fresh_one_whatever_the_seed(env, split):
    digest(env, "train", 1)
    digest(env, "shift/wind-3", 1)
    assert digest(env, split, 2, seed=1) == digest(TASK.make_env(), split, 2, seed=99)


def test_another_process_with_another_hash_seed_gives_the_same_bits(env):
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); from test_navigation import *\n"
    code += "print(digest(TASK.make_env(), 'test', 3))"
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    )
    assert result.stdout.strip() == digest(env, "test", 3)


def test_the_contexts_on_disk_are_those_of_their_generator():
    made = load_object(TASK.make_contexts)()
    assert made == {split: list(TASK.contexts(split)) for split in TASK.split_names}
    assert [len(made[split.name]) for split in TASK.splits] == [split.num_contexts for split in TASK.splits]


def test_no_start_and_goal_of_training_are_evaluated_elsewhere():
    train = {(*c["start"], *c["goal"]) for c in TASK.contexts("train")}
    held_out = [(*c["start"], *c["goal"]) for split in ["test", *SHIFTS] for c in TASK.contexts(split)]
    assert len(train) == TASK.split("train").num_contexts
    assert train.isdisjoint(held_out)


def test_the_unseen_pairs_of_quarters_occur_in_no_other_split_of_the_medium_maze():
    maze = load_maze("medium")
    for split in set(TASK.split_names) - {"shift/larger-maze"}:
        pairs = [
            tuple(quarter(maze, maze.cell_at(*c[k])) for k in ("start", "goal")) for c in TASK.contexts(split)
        ]
        assert {pair in HELD_OUT for pair in pairs} == {split == "shift/unseen-pairs"}


def test_each_severity_of_wind_has_the_same_starts_and_goals():
    weak, strong = TASK.contexts("shift/wind-1"), TASK.contexts("shift/wind-5")
    assert [(c["start"], c["goal"]) for c in weak] == [(c["start"], c["goal"]) for c in strong]
    assert all(math.hypot(*c["wind"]) == pytest.approx(50, abs=1e-2) for c in strong)


@pytest.mark.parametrize("split", TASK.split_names)
def test_the_expert_reaches_the_goal_of_contexts_it_never_saw(env, split):
    expert = TASK.make_expert()
    assert all(expert_episode(env, expert, c).success for c in TASK.contexts(split)[-10:])


@pytest.mark.parametrize("task", [POINTMAZE_UMAZE, POINTMAZE_LARGE], ids=lambda task: task.id)
def test_the_expert_reaches_the_goal_in_the_small_and_the_large_maze_within_their_horizons(task):
    env, expert = task.make_env(), task.make_expert()
    contexts = [c for split in task.splits if split.of is None for c in task.contexts(split.name)[-2:]]
    assert all(expert_episode(env, expert, context, task=task).success for context in contexts)


def test_the_expert_goes_on_when_its_senses_are_wrong():
    env, expert = POINTMAZE_LARGE.make_env(), POINTMAZE_LARGE.make_expert()
    for family in ("sensor-noise", "sensor-bias", "sensor-drop"):
        context = POINTMAZE_LARGE.contexts(f"shift/{family}-5")[0]
        assert expert_episode(env, expert, context, task=POINTMAZE_LARGE).length > 0


def test_the_small_and_the_large_maze_hold_out_the_same_pairs_of_quarters():
    for task, name in ((POINTMAZE_UMAZE, "umaze"), (POINTMAZE_LARGE, "large")):
        maze = load_maze(name)
        for split in ("train", "validation", "test", "shift/unseen-pairs"):
            places = [(maze.cell_at(*c["start"]), maze.cell_at(*c["goal"])) for c in task.contexts(split)]
            held_out = {(quarter(maze, start), quarter(maze, goal)) in HELD_OUT for start, goal in places}
            assert held_out == {split == "shift/unseen-pairs"}


def test_the_expert_repeats_itself_with_a_seed_and_varies_over_seeds(env):
    expert, context = TASK.make_expert(), TASK.contexts("test")[0]
    lengths = [expert_episode(env, expert, context, seed).length for seed in (0, 1, 2, 3, 0)]
    assert lengths[0] == lengths[-1]
    assert len(set(lengths)) > 1


def test_cells_and_centers_are_the_originals(original):
    maze = load_maze("medium")
    for cell in maze.cells:
        assert maze.center(cell) == tuple(original.maze.cell_rowcol_to_xy(np.array(cell)))
        assert maze.cell_at(*maze.center(cell)) == cell


def test_the_shortest_way_goes_from_cell_to_neighbor_and_takes_as_many_moves_as_counted():
    maze, goal = load_maze("medium"), (1, 5)
    following, distances = maze.next_cells_to(goal), maze.distances_to(goal)
    assert set(following) == set(maze.cells)
    assert all(distances[following[cell]] == distance - 1 for cell, distance in distances.items() if distance)
    assert distances[(6, 5)] == 9


def test_building_a_model_leaves_no_file_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    load_model("medium")
    assert list(tmp_path.iterdir()) == []
