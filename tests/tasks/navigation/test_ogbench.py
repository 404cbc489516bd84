"""OGBench's mazes: the original's physics, pairs to be stitched that are what they say, its files read."""

from itertools import pairwise

import numpy as np
import pytest

from ilbench.demonstrations import InvalidArchiveError, generate, import_set, load_formats, make_recipe
from ilbench.demonstrations.rollout import rollout
from ilbench.errors import CorruptFileError
from ilbench.tasks.navigation.cells import Maze
from ilbench.tasks.navigation.ogbench_mazes import GOALS, MAPS
from ilbench.tasks.navigation.ogbench_tasks import NUM_STITCHED, POINT_TASKS
from ilbench.tasks.navigation.stitching import cells_of, chains, reached_from

pytest.importorskip("mujoco")
pytest.importorskip("gymnasium_robotics")

from ilbench.tasks.navigation.ant import AntMaze, OgbenchAnt
from ilbench.tasks.navigation.ogbench_contexts import is_corridor
from ilbench.tasks.navigation.ogbench_data import Size, record
from ilbench.tasks.navigation.ogbench_format import find_sets
from ilbench.tasks.navigation.ogbench_mazes import load_maze
from ilbench.tasks.navigation.ogbench_point import OgbenchPoint

BY_ID = {task.id: task for task in POINT_TASKS}
NAVIGATE = BY_ID["navigation/ogbench-pointmaze-medium-navigate-v1"]
STITCH = BY_ID["navigation/ogbench-pointmaze-medium-stitch-v1"]
FILE = "pointmaze-medium-navigate-v0.npz"


def original(body, maze):
    ogbench = pytest.importorskip("ogbench.locomaze.maze")
    return ogbench.make_maze_env(body, "maze", maze_type=maze, terminate_at_goal=False)


def pushes(seed, steps, size=2):
    """Actions that keep a direction for 25 steps: long enough to reach walls."""
    rng = np.random.default_rng(seed)
    held = np.repeat(rng.uniform(-1, 1, (steps // 25, size)), 25, axis=0)
    return np.clip(held + rng.normal(0, 0.3, held.shape), -1, 1).astype(np.float32)


def cells_of_context(task, context):
    maze = load_maze(task.env_options["maze"])
    return maze.cell_at(*context["start"]), maze.cell_at(*context["goal"])


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / FILE
    np.savez_compressed(path, **record("medium", "navigate", Size(3, 200), seed=0))
    return path


@pytest.mark.parametrize("maze", MAPS)
def test_maps_and_goals_are_the_originals(maze):
    env = original("point", maze)
    assert tuple("".join("#" if wall else "." for wall in row) for row in env.maze_map) == MAPS[maze]
    assert tuple((info["init_ij"], info["goal_ij"]) for info in env.task_infos) == GOALS[maze]
    assert all(load_maze(maze).center(c) == env.ij_to_xy(c) for c in load_maze(maze).cells)


@pytest.mark.parametrize("maze", MAPS)
def test_the_point_moves_as_in_the_original_to_the_last_bit(maze):
    env, ours = original("point", maze), OgbenchPoint(maze)
    np.random.seed(0)  # noqa: NPY002 - the original draws from it
    there, _ = env.reset(options={"task_id": 1})
    ours.reset(options={"context": {"start": there.tolist(), "goal": [float(v) for v in env.cur_goal_xy]}})
    num_touching = 0
    for action in pushes(1, 1000):
        there, _, _, _, info = env.step(action)
        *_, own_info = ours.step(action)
        if ours.num_teleports:
            break
        assert [ours._x, ours._y] == there.tolist()
        assert own_info["success"] == bool(info["success"])
        num_touching += ours._may_touch()
    assert num_touching > 100


def test_a_teleport_leads_to_one_of_its_exits_and_the_seed_says_to_which():
    env, exits = OgbenchPoint("teleport"), set()
    context = {"start": [20.0, 10.4], "goal": [0.0, 0.0]}
    for seed in range(20):
        env.reset(seed=seed, options={"context": context})
        exits.add(tuple(env.step(np.array([0.0, 0.5], np.float32))[0]["state"].tolist()))
    assert exits == {load_maze("teleport").center(cell) for cell in ((1, 7), (6, 1), (6, 10))}


def test_the_goal_is_reached_within_a_meter():
    env = OgbenchPoint("medium")
    *_, info = env.reset(options={"context": {"start": [0.0, 0.0], "goal": [1.0, 0.0]}})
    assert info["success"]
    *_, info = env.reset(options={"context": {"start": [0.0, 0.0], "goal": [1.001, 0.0]}})
    assert not info["success"]


def test_the_ant_of_ogbench_moves_as_in_the_original_to_the_last_bit():
    env, ours = original("ant", "medium"), OgbenchAnt("medium")
    np.random.seed(0)  # noqa: NPY002 - the original draws from it
    there, _ = env.reset(options={"task_id": 1}, seed=0)
    context = {"start": there[:2].tolist(), "goal": [0, 0], "qpos": there[:15], "qvel": there[15:]}
    ours.reset(seed=0, options={"context": context})
    ours._data.qacc_warmstart[:] = (
        env.data.qacc_warmstart
    )  # of the postures before, which a context leaves out
    for action in pushes(2, 150, size=8):
        there, *_ = env.step(action)
        ours.step(action)
        assert np.array_equal(there, np.concatenate([ours._data.qpos, ours._data.qvel]))


def test_the_ant_of_gymnasium_robotics_is_observed_as_in_the_original():
    from gymnasium_robotics.envs.maze import maps
    from gymnasium_robotics.envs.maze.ant_maze_v5 import AntMazeEnv

    env, ours = AntMazeEnv(maze_map=maps.MEDIUM_MAZE, continuing_task=False), AntMaze("medium")
    env.position_noise_range = 0.0
    there, _ = env.reset(options={"reset_cell": np.array([1, 1]), "goal_cell": np.array([6, 6])})
    context = {"start": there["achieved_goal"].tolist(), "goal": there["desired_goal"].tolist()}
    here, _ = ours.reset(options={"context": context})
    for action in pushes(3, 150, size=8):
        expected = np.concatenate([there["achieved_goal"], there["observation"]]).astype(np.float32)
        assert np.array_equal(here["state"], expected)
        there, *_ = env.step(action)
        here, *_ = ours.step(action)


def test_an_ogbench_ant_that_lies_in_the_goal_has_succeeded_whatever_its_posture():
    env = OgbenchAnt("medium")
    observation, info = env.reset(seed=1, options={"context": {"start": [4.0, 4.0], "goal": [4.3, 4.3]}})
    assert info["success"]
    assert not np.allclose(observation["state"], observation["goal"], atol=0.1)
    assert observation["goal"][:2].tolist() == pytest.approx([4.3, 4.3])


@pytest.mark.parametrize("task", POINT_TASKS, ids=lambda task: task.id)
def test_the_five_starts_and_goals_are_tested_in_turn_and_never_demonstrated(task):
    goals = GOALS[task.env_options["maze"]]
    tested = [cells_of_context(task, context) for context in task.contexts("test")]
    assert tested == list(goals) * 50
    assert not {cells_of_context(task, context) for context in task.contexts("train")} & set(goals)


def test_goals_to_be_stitched_are_four_cells_away_and_others_are_no_corridors():
    maze = load_maze("medium")
    for start, goal in (cells_of_context(STITCH, context) for context in STITCH.contexts("train")):
        assert maze.distances_to(goal)[start] == 4
    assert not any(is_corridor(maze, cells_of_context(NAVIGATE, c)[1]) for c in NAVIGATE.contexts("train"))


def test_the_expert_goes_around_teleports():
    task = BY_ID["navigation/ogbench-pointmaze-teleport-navigate-v1"]
    env, expert = task.make_env(), task.make_expert()
    for index in range(10):
        assert rollout(task, env, expert, index, seed=index, split="test").success
        assert env.num_teleports == 0


def test_chains_count_the_ways_that_have_to_be_put_together():
    a, b, c, d = (1, 1), (1, 2), (1, 3), (1, 4)
    found = chains(reached_from([[a, b], [b, c], [c, d, c]]))
    assert found == {1: [(a, b), (b, c), (c, d), (d, c)], 2: [(a, c), (b, d)], 3: [(a, d)]}


def test_what_a_way_passes_before_is_not_reached_from_what_it_passes_after():
    assert reached_from([[(1, 1), (1, 2)]]) == {(1, 1): {(1, 2)}, (1, 2): set()}


def test_the_cells_of_a_trajectory_are_each_named_once_a_visit():
    env, expert = STITCH.make_env(), STITCH.make_expert()
    way = cells_of(rollout(STITCH, env, expert, 0, seed=0), load_maze("medium"))
    assert len(way) == 5
    assert all(abs(a[0] - b[0]) + abs(a[1] - b[1]) == 1 for a, b in pairwise(way))


def test_stitched_pairs_need_as_many_standard_demonstrations_as_their_split_says():
    maze = load_maze("medium")
    ways = [cells_of(t, maze) for t in generate(STITCH, make_recipe(STITCH), workers=1)]
    needed = {pair: k for k, pairs in chains(reached_from(ways)).items() for pair in pairs}
    for k in (1, 2, 3):
        pairs = [cells_of_context(STITCH, context) for context in STITCH.contexts(f"shift/stitch-{k}")]
        assert {needed[pair] for pair in pairs} == {k}
        assert len(pairs) == NUM_STITCHED


def test_the_same_seed_records_the_same_data_and_another_other_data():
    first, again, other = (record("large", "stitch", Size(4, 50), seed=seed) for seed in (3, 3, 4))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first["observations"], other["observations"])
    assert first["observations"].shape == (4 * 51, 2)


def test_recorded_data_go_to_many_goals_or_stay_at_one_near_by():
    maze, size = load_maze("medium"), Size(3, 1000)
    seen = {
        kind: [
            {maze.cell_at(x, y) for x, y in part.reshape(-1, 2).tolist()}
            for part in np.split(record("medium", kind, size, seed=0)["observations"], 3)
        ]
        for kind in ("navigate", "stitch")
    }
    assert min(map(len, seen["navigate"])) > 10
    assert max(map(len, seen["stitch"])) < 9


def test_a_file_is_imported_for_the_task_that_its_name_tells(archive, tmp_path):
    assert load_formats()["ogbench"].find is find_sets
    (found,) = find_sets(archive)
    assert (found.task.id, found.name) == (NAVIGATE.id, "ogbench-navigate-v1")
    loaded = import_set(found, "ogbench", cache=tmp_path / "cache")
    assert [len(trajectory) for trajectory in loaded.trajectories] == [200, 200, 200]
    first = loaded.trajectories[0]
    assert np.array_equal(first.observations["goal"][0], first.observations["state"][-1])


def test_validation_files_and_files_of_other_names_are_told_apart(archive):
    archive.with_name("pointmaze-medium-navigate-v0-val.npz").write_bytes(archive.read_bytes())
    names = {found.name for found in find_sets(archive.parent)}
    assert names == {"ogbench-navigate-v1", "ogbench-navigate-val-v1"}
    mine = archive.rename(archive.with_name("mine.npz"))
    with pytest.raises(InvalidArchiveError, match="--task"):
        find_sets(mine)
    assert find_sets(mine, STITCH.id)[0].name == "ogbench-other-v1"


def test_a_file_of_another_maze_is_refused_by_the_first_step_that_it_does_not_make(archive):
    arrays = record("large", "navigate", Size(3, 200), seed=0)
    np.savez_compressed(archive, **arrays)
    with pytest.raises(InvalidArchiveError, match="leads elsewhere"):
        list(find_sets(archive)[0].read(archive))


@pytest.mark.parametrize(
    ("name", "change", "problem"),
    [
        ("actions", lambda values: values[:, :1], "expected shape"),
        ("actions", lambda values: values[:-1], "as many rows"),
        ("observations", lambda values: values * np.nan, "finite"),
        ("terminals", lambda values: values & False, "last row"),
        ("qpos", None, "'qpos' is missing"),
    ],
)
def test_a_damaged_array_is_named(archive, name, change, problem):
    arrays = dict(np.load(archive))
    values = arrays.pop(name)
    np.savez_compressed(archive, **arrays, **({} if change is None else {name: change(values)}))
    with pytest.raises((InvalidArchiveError, CorruptFileError), match=problem):
        find_sets(archive)[0].read(archive)


def test_pickled_objects_are_not_unpacked_and_a_cut_file_is_called_that(archive):
    arrays = dict(np.load(archive))
    np.savez_compressed(archive, **{**arrays, "qvel": np.array([{}] * len(arrays["qvel"]), object)})
    with pytest.raises(CorruptFileError, match="'qvel': expected numbers, found object"):
        find_sets(archive)[0].read(archive)
    archive.write_bytes(archive.read_bytes()[:500])
    with pytest.raises(CorruptFileError, match="whole"):
        find_sets(archive)[0].read(archive)


def test_ant_data_are_read_for_the_ants_task(tmp_path):
    env, rng = OgbenchAnt("large"), np.random.default_rng(0)
    observation, _ = env.reset(seed=0, options={"context": {"start": [0, 0], "goal": [4, 0]}})
    rows = {name: [] for name in ("observations", "actions")}
    for _ in range(31):
        rows["observations"].append(observation["state"])
        rows["actions"].append(rng.uniform(-1, 1, 8).astype(np.float32))
        observation, *_ = env.step(rows["actions"][-1])
    states = np.stack(rows["observations"])
    path = tmp_path / "antmaze-large-explore-v0.npz"
    ends = np.arange(31) == 30
    parts = {"qpos": states[:, :15], "qvel": states[:, 15:], "terminals": ends}
    np.savez_compressed(path, observations=states, actions=np.stack(rows["actions"]), **parts)
    (found,) = find_sets(path)
    assert (found.task.id, found.name) == ("navigation/ogbench-antmaze-large-v1", "ogbench-explore-v1")
    assert len(found.read(path)[0]) == 30


def test_a_center_is_in_its_cell_in_every_maze():
    for maze in (load_maze(name) for name in MAPS):
        assert isinstance(maze, Maze)
        assert all(maze.cell_at(*maze.center(cell)) == cell for cell in maze.cells)
