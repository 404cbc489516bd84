"""The Avoiding task: geometry, contact, modes, determinism, expert."""

import json
import os
import subprocess
import sys
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

from ilbench.digest import array_digest
from ilbench.importing import load_object
from ilbench.tasks.d3il.avoiding_modes import MODES, ModeTracker, passages_of
from ilbench.tasks.d3il.layout import COARSE, EXACT, Timing
from ilbench.tasks.d3il.rod_tasks import AVOIDING

pytest.importorskip("mujoco")
from ilbench.tasks.d3il.avoiding_env import AvoidingEnv

NOMINAL = AVOIDING.contexts("train")[0]
SHIFTS = [name for name in AVOIDING.split_names if name.startswith("shift/")]
DRAWN = [name for name in SHIFTS if "context-range" in name or "obstacle-moved" in name]
"""Shifts that draw starts or fields; in the others senses or actions are disturbed."""

BESIDE_THE_LINE = [0.425, 0.345]
NOTHING_YET = {"success": False, "mode": None, "contact": False, "grazed": False}


@pytest.fixture(scope="module")
def env():
    env = AVOIDING.make_env()
    yield env
    env.close()


def start(env, context=NOMINAL, at=None):
    context = dict(context) if at is None else {**context, "start": list(at)}
    return env.reset(seed=0, options={"context": context})


def move_to(env, x, y, step_m=0.01):
    """Moves the set-point in a straight line to (x, y) and waits; returns the last step's result."""
    target = np.array([x, y])
    here = env.step(np.zeros(2, np.float32))[0]["state"][:2]
    count = max(1, int(np.ceil(np.linalg.norm(target - here) / step_m)))
    for _ in range(count):
        result = env.step(((target - here) / count).astype(np.float32))
        if result[2]:
            return result
    for _ in range(8):
        result = env.step(np.zeros(2, np.float32))
    return result


def play(env, context, mode, seed=0):
    """Plays the expert; returns (info, length, digest of observations and state, actions)."""
    observation, info = env.reset(seed=seed, options={"context": context})
    expert = AVOIDING.make_expert()
    expert.reset(env, seed, mode)
    seen, actions = [observation["state"]], []
    for _ in range(AVOIDING.horizon):
        actions.append(expert.act(observation))
        observation, _, terminated, _, info = env.step(actions[-1])
        seen.append(observation["state"])
        if terminated:
            break
    return info, len(actions), array_digest(np.array(seen), env.state()), np.array(actions)


@pytest.mark.parametrize("mode", range(24), ids=MODES)
def test_expert_shows_the_mode_it_is_asked_for(env, mode):
    info, length, *_ = play(env, NOMINAL, mode, seed=mode)
    assert info == {"success": True, "mode": mode, "contact": False, "grazed": False}
    assert 40 < length < 150


def test_expert_without_a_mode_varies_it_with_the_seed(env):
    assert len({play(env, NOMINAL, None, seed)[0]["mode"] for seed in range(6)}) > 2


def test_demonstrations_do_not_show_their_mode_on_the_first_seven_centimeters(env):
    xs = []
    for mode in range(24):
        positions = np.cumsum(play(env, NOMINAL, mode, seed=mode)[3], axis=0)
        xs.append(positions[np.argmax(positions[:, 1] > 0.07), 0])
    left, right = np.array(xs[:12]), np.array(xs[12:])
    assert abs(left.mean() - right.mean()) < 2 * np.concatenate([left, right]).std()
    assert left.max() > right.min()


def test_expert_actions_stay_within_their_stated_size(env):
    sizes = [np.linalg.norm(play(env, NOMINAL, mode, seed=mode)[3], axis=1) for mode in range(0, 24, 4)]
    assert np.concatenate(sizes).max() < 0.017
    assert np.concatenate(sizes).mean() == pytest.approx(0.010, abs=1e-3)


@pytest.mark.parametrize("split", [name for name in DRAWN if name[-1] in "35"])
def test_expert_succeeds_from_moved_starts_and_in_moved_fields(env, split):
    infos = [play(env, context, i % 24, i)[0] for i, context in enumerate(AVOIDING.contexts(split))]
    assert [info["mode"] for info in infos] == list(range(len(infos)))
    assert all(info["success"] for info in infos)


def test_modes_are_all_two_by_three_by_four_combinations():
    assert [passages_of(mode) for mode in range(24)] == [
        (a, b, c) for a in range(2) for b in range(3) for c in range(4)
    ]
    assert len(set(MODES)) == 24


@pytest.mark.parametrize(
    ("path", "mode"),
    [
        ([(0.4, -0.1), (0.3, 0.08), (0.2, 0.3)], "left/left/far-left"),
        ([(0.6, -0.1), (0.5, 0.08), (0.4, 0.3)], "right/middle/left"),
        ([(0.6, -0.1), (0.7, 0.08), (0.6, 0.3)], "right/right/right"),
        ([(0.4, -0.1), (0.7, 0.08), (0.7, 0.3)], "left/right/far-right"),
        (
            [(0.5, -0.1), (0.425, 0.08), (0.5, 0.26)],
            "right/middle/right",
        ),  # exactly on an axis: the right side
    ],
)
def test_mode_follows_from_the_sides_of_the_rows(path, mode):
    tracker = ModeTracker(NOMINAL["obstacles"])
    tracker.reset(0.525, -0.28)
    for x, y in path:
        assert tracker.mode is None
        tracker.update(x, y)
    assert MODES[tracker.mode] == mode


def test_side_is_decided_on_entering_the_band_and_kept():
    tracker = ModeTracker(NOMINAL["obstacles"])
    tracker.reset(0.525, -0.28)
    for x, y in [(0.6, -0.131), (0.4, -0.13), (0.6, -0.1), (0.6, -0.2), (0.6, 0.08), (0.6, 0.3)]:
        tracker.update(x, y)
    assert MODES[tracker.mode] == "left/right/right"


def test_jumped_row_is_decided_where_the_straight_line_crosses_it():
    tracker = ModeTracker(NOMINAL["obstacles"])
    tracker.reset(0.4, -0.2)
    tracker.update(0.6, 0.04)  # crosses y = -0.1 at x = 0.4 + 0.2 * 0.1 / 0.24 = 0.483
    tracker.update(0.6, 0.3)
    assert MODES[tracker.mode] == "left/right/right"


def test_steered_rod_gets_the_mode_of_its_path(env):
    start(env)
    for x, y in [(0.6, -0.2), (0.6, -0.02), (0.5, 0.0), (0.5, 0.17), (0.42, 0.2)]:
        assert move_to(env, x, y)[4]["mode"] is None
    info = move_to(env, 0.42, 0.36)[4]
    assert (info["success"], MODES[info["mode"]]) == (True, "right/middle/left")


@pytest.mark.parametrize("obstacle", range(6))
def test_contact_comes_at_the_sum_of_the_radii(env, obstacle):
    x, y = NOMINAL["obstacles"][obstacle]
    reach = 0.04 if obstacle == 0 else 0.035
    for room, contact in ((0.001, False), (-0.001, True)):  # the rod leans by less than that
        assert start(env, at=[x - reach - room, y])[1]["contact"] is contact


def test_contact_ends_the_episode_as_a_failure(env):
    start(env, at=[0.5, -0.2])
    observation, reward, terminated, truncated, info = move_to(env, 0.5, 0.0)
    assert (reward, terminated, truncated) == (0.0, True, False)
    assert info == {"success": False, "mode": None, "contact": True, "grazed": True}
    assert observation["state"][3] == pytest.approx(-0.14, abs=4e-3)


@pytest.mark.parametrize("distance", [0.03, 0.1, 0.3, 1.0, 30.0, 3e38])
@pytest.mark.parametrize("offset", [-0.02, 0.0])
def test_no_action_is_fast_enough_to_jump_a_cylinder_right_ahead(env, distance, offset):
    start(env, at=[0.35 + offset, 0.2])
    for _ in range(20):
        _, _, terminated, _, info = env.step(np.array([0.0, distance], np.float32))
        if terminated:
            break
    assert (info["contact"], info["success"]) == (True, False)


def test_a_touch_that_is_over_at_the_end_of_its_control_step_is_a_graze_and_no_contact(env):
    start(env, at=[0.353, 0.15])
    for _ in range(3):
        _, _, terminated, _, info = env.step(np.array([0.0, 0.3], np.float32))
    assert (info["grazed"], info["contact"], terminated) == (True, False, False)
    assert start(env)[1]["grazed"] is False


def test_success_needs_the_measured_position_beyond_the_line(env):
    start(env, at=BESIDE_THE_LINE)
    observation, reward, terminated, _, info = env.step(np.array([0.0, 0.006], np.float32))
    assert observation["state"][1] > 0.35 > observation["state"][3]
    assert (reward, terminated, info["success"]) == (0.0, False, False)
    while not terminated:
        observation, reward, terminated, _, info = env.step(np.array([0.0, 0.004], np.float32))
    assert observation["state"][3] > 0.35
    assert (reward, info["success"]) == (1.0, True)


def test_success_is_latched_and_rewarded_once(env):
    start(env, at=BESIDE_THE_LINE)
    rewards = [env.step(np.array([0.0, dy], np.float32))[1] for dy in (0.05, 0.0, -0.1, 0.1, 0.0, 0.0)]
    assert sum(rewards) == 1.0
    assert env.step(np.array([0.0, -0.2], np.float32))[4]["success"]


def test_action_moves_the_commanded_position_and_is_seen_at_once(env):
    before = start(env)[0]["state"]
    observation = env.step(np.array([0.01, 0.02], np.float32))[0]["state"]
    np.testing.assert_allclose(observation[:2] - before[:2], [0.01, 0.02], atol=1e-6)
    assert 0.0 < observation[2] - before[2] < 0.01


def test_every_action_leads_to_finite_numbers(env):
    start(env)
    for action in [(3e38, -3e38), (-3e38, 3e38), (1e30, 0.0)]:
        observation = env.step(np.array(action, np.float32))[0]["state"]
        assert np.isfinite(observation).all()
        assert np.isfinite(env.state()).all()


def replay(timing: Timing, actions):
    """Plays actions open loop; returns (success, contact, mode) and the measured positions."""
    env, positions = AvoidingEnv(timing=timing), []
    start(env)
    for action in actions:
        observation, _, terminated, _, info = env.step(action)
        positions.append(observation["state"][2:])
        if terminated:
            break
    return info, np.array(positions)


@pytest.mark.parametrize("mode", range(0, 24, 4))
def test_physics_step_of_the_task_has_the_outcomes_of_one_millisecond(env, mode):
    actions = play(env, NOMINAL, mode, seed=mode)[3]
    actions = actions + np.random.default_rng(mode).normal(0, 0.003 * (mode % 4 == 0), actions.shape)
    actions = np.concatenate([actions, [[0.0, 0.01]] * 8]).astype(np.float32)
    (info, positions), (reference, exact) = replay(COARSE, actions), replay(EXACT, actions)
    assert info == reference
    shared = min(len(positions), len(exact)) - 1
    np.testing.assert_allclose(positions[:shared], exact[:shared], atol=1.5e-3)


def test_used_and_fresh_environment_give_the_same_bits(env):
    play(env, AVOIDING.contexts(SHIFTS[0])[3], 5)
    assert play(env, NOMINAL, 7)[:3] == play(AVOIDING.make_env(), NOMINAL, 7)[:3]


def test_another_process_with_another_hash_seed_gives_the_same_bits(env):
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_avoiding as t; "
        "print(t.play(t.AVOIDING.make_env(), t.NOMINAL, 11)[2])"
    )
    here = str(Path(__file__).parent)
    run = subprocess.run(
        [sys.executable, "-c", code, here],
        env={**os.environ, "PYTHONHASHSEED": "123"},
        capture_output=True,
        text=True,
        check=True,
        cwd=here,
    )
    assert run.stdout.strip() == play(env, NOMINAL, 11)[2]


def test_observations_may_be_kept(env):
    first = start(env)[0]["state"]
    kept = first.copy()
    env.step(np.array([0.1, 0.1], np.float32))
    np.testing.assert_array_equal(first, kept)


def test_committed_contexts_are_the_generated_ones():
    generated = load_object(AVOIDING.make_contexts)()
    assert list(generated) == ["train", "test", *DRAWN]
    for name, contexts in generated.items():
        assert list(AVOIDING.contexts(name)) == json.loads(json.dumps(contexts))
        assert len(contexts) == AVOIDING.split(name).num_contexts


@pytest.mark.parametrize("split", AVOIDING.split_names)
def test_every_context_starts_free_and_in_the_declared_space(env, split):
    for context in AVOIDING.contexts(split):
        observation, info = start(env, context)
        assert env.observation_space.contains(observation)
        if "sensor-noise" not in split:
            np.testing.assert_allclose(observation["state"], context["start"] * 2, atol=5e-4)
        assert info == NOTHING_YET


@pytest.mark.parametrize("severity", range(1, 6))
def test_obstacles_move_by_five_millimetres_a_severity(severity):
    for context in AVOIDING.contexts(f"shift/obstacle-moved-{severity}"):
        moves = np.abs(np.array(context["obstacles"]) - NOMINAL["obstacles"])
        np.testing.assert_allclose(moves, 0.005 * severity, atol=1e-9)


def test_shifts_hold_no_context_twice_and_none_of_train():
    contexts = [json.dumps(context) for split in ("train", *SHIFTS) for context in AVOIDING.contexts(split)]
    assert len(set(contexts)) == len(contexts)


def test_reset_without_a_context_is_refused(env):
    with pytest.raises(ValueError, match="context"):
        env.reset(seed=0)


def test_it_is_a_gymnasium_environment(env):
    assert isinstance(env, gym.Env)
    assert env.action_space.shape == AVOIDING.action.shape
