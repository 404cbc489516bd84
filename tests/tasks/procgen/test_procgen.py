"""The Procgen suite: levels, the saved state's decoder, and procgen/maze-v2."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

from ilbench.digest import array_digest
from ilbench.errors import UnknownNameError
from ilbench.importing import load_object
from ilbench.tasks.procgen import DECLARED, TASKS

if TASKS[0].missing_package():
    pytest.skip("procgen-mirror is not installed", allow_module_level=True)


from ilbench.tasks.procgen.environment import ProcgenEnv
from ilbench.tasks.procgen.maze import CHEESE, MazeExpert, distances_to_cheese
from ilbench.tasks.procgen.simulator import ENV_NAMES, ProcgenGym3Env
from ilbench.tasks.procgen.state import SPACE, WALL, StateFormatError, decode_state, with_level

ALL = {task.id: task for task in vars(DECLARED).values()}
MAZE = ALL["procgen/maze-v2"]
LEFT, DOWN, NOTHING, UP, RIGHT = 1, 3, 4, 5, 7


@pytest.fixture(scope="module")
def env():
    env = MAZE.make_env()
    yield env
    env.close()


def start(env, **context):
    return env.reset(seed=0, options={"context": context})[0]["image"]


def decoded(env):
    return decode_state(env.state().tobytes())


def play(env, context, actions):
    """Returns the frames, rewards and flags of an episode, up to its end or that of the actions."""
    frames, outcomes = [start(env, **context)], []
    for action in actions:
        observation, reward, terminated, truncated, info = env.step(int(action))
        frames.append(observation["image"])
        outcomes.append((reward, terminated, truncated, info["success"]))
        if terminated or truncated:
            break
    return np.stack(frames), outcomes


def play_expert(env, context):
    """Returns what `play` returns, with the actions of the expert."""
    expert = MazeExpert()
    start(env, **context)
    expert.reset(env, seed=0)
    actions = (expert.act({}) for _ in range(MAZE.horizon))
    return play(env, context, actions)


def random_actions(count):
    return np.random.default_rng(0).integers(15, size=count)


def digest_of_play(env):
    digests = []
    for split, index in (("test", 3), ("shift/hard", 5), ("train", 0), ("shift/plain", 3)):
        frames, outcomes = play(env, MAZE.contexts(split)[index], random_actions(60))
        digests.append(array_digest(frames, np.array(outcomes, np.float64), env.state()))
    return digests


@pytest.mark.parametrize("game", ENV_NAMES)
def test_a_level_plays_as_in_a_new_simulator_of_that_level_alone(game):
    env = ProcgenEnv(game, time_limit=1000, distribution_mode="easy")
    play(env, {"level": 5}, random_actions(20))
    frames, outcomes = play(env, {"level": 777}, random_actions(60))
    simulator = ProcgenGym3Env(
        num=1, env_name=game, num_levels=1, start_level=777, distribution_mode="easy", num_threads=0
    )
    for step, (reward, terminated, _, _) in enumerate(outcomes):
        assert np.array_equal(simulator.observe()[1]["rgb"][0], frames[step])
        simulator.act(random_actions(60)[step : step + 1])
        assert simulator.observe()[0][0] == reward
        assert simulator.observe()[2][0] == terminated
    assert len(outcomes) == 60 or outcomes[-1][1]


@pytest.mark.parametrize("game", ENV_NAMES)
def test_the_state_of_every_game_is_decoded_to_its_end(game):
    env = ProcgenEnv(game, time_limit=1000, distribution_mode="hard")
    start(env, level=3)
    before = decoded(env)
    env.step(NOTHING)
    assert (before.game, before.level, before.time, decoded(env).time) == (game, 3, 0, 1)
    assert before.cells(SPACE)
    assert before.entities["alpha"].max() <= 1.0


def test_used_and_new_environments_agree_in_any_process(env):
    start(env, level=9)
    used = digest_of_play(env)
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "import test_procgen as t\nprint(t.digest_of_play(t.MAZE.make_env()))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
    )
    assert result.stdout.strip() == str(used)
    assert result.stderr == ""
    assert digest_of_play(MAZE.make_env()) == used


def test_the_list_of_tasks_loads_no_simulator():
    code = "import sys, ilbench.tasks.procgen; print('procgen' in sys.modules, 'gymnasium' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["False", "False"]


def test_observations_belong_to_the_declared_space(env):
    observation, info = env.reset(seed=0, options={"context": MAZE.contexts("shift/hard")[0]})
    assert env.observation_space.contains(observation)
    assert info == {"success": False, "mode": None}


def test_a_returned_frame_is_safe_to_keep(env):
    frame = start(env, level=4)
    kept = frame.copy()
    env.step(RIGHT)
    start(env, level=3)
    assert np.array_equal(frame, kept)


@pytest.mark.parametrize("name", ["maze-v2", "jumper-v1", "coinrun-hard-v1"])
def test_contexts_are_what_their_generator_makes(name):
    task = ALL[f"procgen/{name}"]
    made = load_object(task.make_contexts)()
    on_file = {s.name: [dict(c) for c in task.contexts(s.name)] for s in task.splits if s.of is None}
    assert on_file == made


def test_every_game_is_a_task_in_easy_mode_and_eight_in_hard():
    games = [task.env_options["game"] for task in ALL.values() if "-hard-" not in task.id]
    assert sorted(games) == sorted(ENV_NAMES)
    assert len(ALL) == len(games) + 8


def test_levels_of_the_splits_do_not_overlap():
    levels = [{c["level"] for c in MAZE.contexts(s)} for s in ("train", "validation", "test", "shift/hard")]
    assert len(set.union(*levels)) == sum(map(len, levels)) == 650


@pytest.mark.parametrize("split", MAZE.split_names)
def test_the_expert_reaches_the_cheese_on_the_shortest_path(env, split):
    for context in MAZE.contexts(split)[::20]:
        start(env, **context)
        state = decoded(env)
        distance = distances_to_cheese(state)[state.agent_cell]
        _, outcomes = play_expert(env, context)
        assert outcomes[-1] == (10.0, True, False, True)
        assert len(outcomes) == distance


def test_the_expert_finds_back_after_wrong_turns(env):
    expert = MazeExpert()
    for context in MAZE.contexts("test")[::20]:
        play(env, context, random_actions(30))
        if decoded(env).time == 0:  # the random walk has met the cheese
            continue
        expert.reset(env, seed=0)
        here = distances_to_cheese(decoded(env))[decoded(env).agent_cell]
        outcomes = [env.step(int(expert.act({}))) for _ in range(here)]
        assert outcomes[-1][4]["success"]


def test_success_is_the_simulators_own_flag(env):
    _, outcomes = play_expert(env, MAZE.contexts("test")[0])
    flag = env.unwrapped._simulator._engine.get_info()[0]["prev_level_complete"]
    assert [success for *_, success in outcomes] == [False] * (len(outcomes) - 1) + [bool(flag)]
    assert outcomes[-1][3] is True


def test_the_last_frame_is_the_one_before_the_end_and_not_the_next_levels(env):
    for context in MAZE.contexts("test")[:5]:
        frames, _ = play_expert(env, context)
        assert np.array_equal(frames[-1], frames[-2])
        assert not np.array_equal(frames[-1], frames[0])


def test_a_step_beyond_the_end_is_refused(env):
    play_expert(env, MAZE.contexts("test")[0])
    with pytest.raises(gym.error.ResetNeeded, match="call reset"):
        env.step(NOTHING)


def test_the_time_limit_truncates_and_is_no_failure_of_its_own(env):
    frames, outcomes = play(env, MAZE.contexts("test")[0], [NOTHING] * 600)
    assert len(outcomes) == 500
    assert outcomes[-1] == (0.0, False, True, False)
    assert np.array_equal(frames[-1], frames[0])


def test_a_loss_terminates_without_success():
    env = ProcgenEnv("ninja", time_limit=1000, distribution_mode="easy")
    losses = [play(env, {"level": level}, [RIGHT] * 300)[1][-1] for level in range(10)]
    assert (0.0, True, False, False) in losses


def test_the_plain_look_changes_frames_and_nothing_else(env):
    context = MAZE.contexts("shift/plain")[7]
    plain_frames, plain_outcomes = play(env, context, random_actions(200))
    plain_cell = decoded(env).agent_cell
    frames, outcomes = play(env, MAZE.contexts("test")[7], random_actions(200))
    assert (plain_outcomes, plain_cell) == (outcomes, decoded(env).agent_cell)
    assert not np.array_equal(plain_frames, frames)


def test_every_action_moves_the_agent_one_cell_as_declared(env):
    start(env, level=0)
    for action in random_actions(300):
        state = decoded(env)
        row, column = state.agent_cell
        d_row = {DOWN: -1, UP: 1}.get(int(action), 0)
        d_column = -1 if action <= 2 else 1 if 6 <= action <= 8 else 0
        target = row + d_row, column + d_column
        inside = min(target) >= 0 and max(target) < 15
        if env.step(int(action))[2]:
            start(env, level=0)
            continue
        moves = inside and state.grid[target] != WALL
        assert decoded(env).agent_cell == (target if moves else (row, column))


def test_a_decoded_maze_has_the_agent_in_its_lower_left_corner_and_one_cheese(env):
    for context in (*MAZE.contexts("train")[:20], *MAZE.contexts("shift/hard")[:20]):
        start(env, **context)
        state = decoded(env)
        maze_size, world_size = state.extra
        margin = (world_size - maze_size) // 2
        assert state.agent_cell == (margin, margin)
        assert state.grid.shape == (world_size, world_size)
        assert len(state.cells(CHEESE)) == 1


def test_a_maze_is_a_tree(env):
    """So that the shortest path, and the expert's action, is unique."""
    for context in MAZE.contexts("train")[:20]:
        start(env, **context)
        free = decoded(env).grid != WALL
        edges = (free[1:] & free[:-1]).sum() + (free[:, 1:] & free[:, :-1]).sum()
        assert edges == free.sum() - 1


def test_a_state_that_is_cut_or_of_another_version_is_refused(env):
    start(env, level=0)
    blob = env.state().tobytes()
    with pytest.raises(StateFormatError, match="ends before its byte"):
        decode_state(blob[:5000])
    with pytest.raises(StateFormatError, match="version 0, found 1"):
        decode_state(b"\x01" + blob[1:])
    with pytest.raises(StateFormatError, match="does not end with the mark"):
        decode_state(blob[:-4] + bytes(4))


def test_editing_the_level_range_changes_two_numbers(env):
    start(env, level=0)
    blob = env.state().tobytes()
    assert with_level(blob, 0) == blob
    assert sum(a != b for a, b in zip(blob, with_level(blob, 7), strict=True)) == 2


def test_an_unknown_game_is_named_with_a_suggestion():
    with pytest.raises(UnknownNameError, match="did you mean 'maze'"):
        ProcgenEnv("mace", time_limit=500)


@pytest.mark.parametrize("level", [-1, 2**31 - 1, 1.0, None])
def test_a_context_without_a_level_is_refused(env, level):
    with pytest.raises(ValueError, match='needs "level"'):
        start(env, level=level)


def test_a_thousand_resets_leave_no_memory_behind(env):
    def resident_bytes():
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    contexts = MAZE.contexts("test")
    play(env, contexts[0], [NOTHING])
    before = resident_bytes()
    for index in range(1000):
        start(env, **contexts[index % 200])
    assert resident_bytes() - before < 4e6
