"""The discrete mazes: rules, held-out layouts, and an expert whose search is what it says."""

import numpy as np
import pytest

from ilbench.importing import load_object
from ilbench.tasks.navigation.tunnel_expert import TunnelExpert
from ilbench.tasks.navigation.tunnel_maze import AGENT, GOAL, WALL, TunnelMaze
from ilbench.tasks.navigation.tunnel_tasks import MAZE_16, MAZE_25, PAIRS_PER_LAYOUT, TASKS
from ilbench.tasks.navigation.tunnels import (
    MAX_ROUNDS,
    MOVES,
    UNREACHED,
    Tunnels,
    as_rows,
    dig,
    from_rows,
    layout_digest,
    search,
)

ROOM = {"walls": ["#####", "#...#", "###.#", "#...#", "#####"], "start": [1, 1], "goal": [3, 1]}


def digests(task, split):
    return {layout_digest(from_rows(context["walls"])) for context in task.contexts(split)}


@pytest.fixture
def env():
    env = TunnelMaze(size=5, render_mode="rgb_array")
    env.reset(options={"context": ROOM})
    return env


def test_a_move_goes_where_it_is_called_after_and_a_wall_stops_it(env):
    cells = []
    for action in (0, 1, 1, 2, 1, 4, 0, 3):
        env.step(action)
        cells.append(env.agent)
    assert cells == [(1, 1), (1, 2), (1, 3), (2, 3), (2, 3), (2, 3), (1, 3), (1, 2)]


def test_the_goal_ends_the_episode_with_reward_one(env):
    outcomes = [env.step(action)[1:] for action in (1, 1, 2, 2, 3, 3)]
    assert [reward for reward, *_ in outcomes] == [0, 0, 0, 0, 0, 1]
    assert outcomes[-1] == (1.0, True, False, {"success": True, "mode": None})


def test_an_observation_shows_walls_goal_and_agent_and_nothing_else(env):
    grid = env.step(1)[0]["grid"]
    assert np.array_equal(grid[..., WALL] == 1, from_rows(ROOM["walls"]))
    assert np.argwhere(grid[..., GOAL]).tolist() == [[3, 1]]
    assert np.argwhere(grid[..., AGENT]).tolist() == [[1, 2]]


def test_a_picture_shows_the_agent_in_blue_and_the_goal_in_red(env):
    picture = env.render()
    assert picture.shape == (480, 480, 3)
    assert picture[144, 144].argmax() == 2
    assert picture[336, 144].argmax() == 0


def test_the_search_counts_rounds_from_the_goal_and_points_back_to_it():
    found = search(from_rows(ROOM["walls"]), (3, 1))
    assert found[1, :, 0].tolist() == [UNREACHED, 6, 5, 4, UNREACHED]
    assert found[..., 1].max(initial=0, where=found[..., 1] != UNREACHED) < len(MOVES)
    assert (found[3, 1, 1], found[3, 2, 1], found[2, 3, 1], found[1, 1, 1]) == (UNREACHED, 3, 2, 1)


def test_a_search_that_may_stop_completes_the_round_that_reaches_the_cell():
    walls = dig(Tunnels(size=16), np.random.default_rng(0))
    whole, until = search(walls, (1, 1)), search(walls, (1, 1), until=(7, 7))
    last = int(until[7, 7, 0])
    kept = whole[..., 0] <= last
    assert np.array_equal(until[kept], whole[kept])
    assert np.all(until[~kept] == UNREACHED)


def test_of_two_shortest_ways_the_first_in_the_order_up_right_down_left_is_taken():
    open_room = from_rows(["#####", "#...#", "#...#", "#...#", "#####"])
    assert search(open_room, (1, 3))[3, 1, 1] == 0
    assert search(open_room, (3, 1))[1, 3, 1] == 2


@pytest.mark.parametrize(("size", "width"), [(16, 2), (16, 1), (25, 2)])
def test_every_cell_of_a_dug_maze_is_reached_and_its_border_is_closed(size, width):
    rng = np.random.default_rng(3)
    for _ in range(5):
        walls = dig(Tunnels(size=size, width=width), rng)
        assert walls[[0, -1]].all()
        assert walls[:, [0, -1]].all()
        assert np.array_equal(search(walls, (1, 1))[..., 0] != UNREACHED, ~walls)


def test_without_shortcuts_rooms_are_joined_by_one_tunnel_less_than_there_are_rooms():
    walls = dig(Tunnels(size=16, width=1, shortcut_rate=0.0), np.random.default_rng(1))
    assert np.sum(~walls) == 49 + 48


def test_shortcuts_open_as_many_walls_as_they_say():
    rng, rate = np.random.default_rng(2), 0.5
    free = [np.sum(~dig(Tunnels(size=16, width=1, shortcut_rate=rate), rng)) for _ in range(200)]
    assert np.mean(free) == pytest.approx(97 + rate * (84 - 48), abs=1)


def test_walls_survive_being_written_as_rows():
    walls = dig(Tunnels(size=16), np.random.default_rng(4))
    assert np.array_equal(from_rows(as_rows(walls)), walls)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_no_layout_of_training_is_evaluated_but_where_only_the_pair_is_new(task):
    train = digests(task, "train")
    for split in set(task.split_names) - {"train", "shift/new-pairs"}:
        assert len(digests(task, split)) == task.split(split).num_contexts
        assert not digests(task, split) & train
    assert not digests(task, "test") & digests(task, "validation")


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_training_layouts_follow_one_another_four_contexts_each(task):
    rows = ["".join(context["walls"]) for context in task.contexts("train")]
    assert rows[::PAIRS_PER_LAYOUT] == rows[PAIRS_PER_LAYOUT - 1 :: PAIRS_PER_LAYOUT]
    assert len(set(rows)) == len(rows) // PAIRS_PER_LAYOUT


def test_new_pairs_are_on_layouts_of_training_and_not_among_its_pairs():
    train = {("".join(c["walls"]), *c["start"], *c["goal"]) for c in MAZE_16.contexts("train")}
    new = {("".join(c["walls"]), *c["start"], *c["goal"]) for c in MAZE_16.contexts("shift/new-pairs")}
    assert digests(MAZE_16, "shift/new-pairs") <= digests(MAZE_16, "train")
    assert not new & train


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_every_way_is_shorter_than_the_horizon_and_the_search_than_a_byte(task):
    for split in task.split_names:
        for context in task.contexts(split)[::9]:
            rounds = search(from_rows(context["walls"]), tuple(context["goal"]))[(*context["start"], 0)]
            assert 0 < rounds < min(task.horizon, MAX_ROUNDS)


def test_the_expert_takes_a_shortest_way_from_wherever_it_is_put():
    env, expert, rng = MAZE_16.make_env(), TunnelExpert(), np.random.default_rng(0)
    for context in MAZE_16.contexts("test")[:10]:
        observation, _ = env.reset(options={"context": context})
        for _ in range(20):
            observation, *_ = env.step(int(rng.integers(5)))
        rounds = int(search(env.walls, env.goal)[(*env.agent, 0)])
        for left in range(rounds, 0, -1):
            action = expert.act(observation)
            expansions = expert.procedure()["expansions"]
            assert np.array_equal(expansions, search(env.walls, env.goal, until=env.agent))
            assert expansions[env.agent].tolist() == [left, int(action)]
            observation, *_ = env.step(int(action))
        assert env.agent == env.goal


def test_the_contexts_on_disk_are_those_of_their_generator():
    made = load_object(MAZE_25.make_contexts)()
    assert made == {split: list(MAZE_25.contexts(split)) for split in MAZE_25.split_names}
