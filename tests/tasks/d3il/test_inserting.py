"""The Inserting task: geometry, success, order of the cubes, contexts, determinism, expert."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from ilbench.digest import array_digest
from ilbench.tasks.d3il.declaring import ROD_REACH_M
from ilbench.tasks.d3il.inserting import (
    CUBES,
    LAYOUT,
    MODES,
    ORDERS,
    POCKETS,
    SLANT,
    START,
    WALLS,
    Inserting,
    make_contexts,
)
from ilbench.tasks.d3il.layout import COARSE, Pose, Situation
from ilbench.tasks.d3il.rod_tasks import INSERTING

pytest.importorskip("mujoco")

REST_Z = 0.006
TARGETS = tuple(POCKETS.values())
FAR = (0.525, 0.0)


@pytest.fixture(scope="module")
def env():
    env = INSERTING.make_env()
    yield env
    env.close()


@pytest.fixture(scope="module")
def contexts():
    return make_contexts()


def play(env, context, mode, seed=0, num_steps=INSERTING.horizon):
    """Plays the expert; returns (info, length, digest of observations and state, largest action in m)."""
    observation, info = env.reset(seed=seed, options={"context": context})
    expert = INSERTING.make_expert()
    expert.reset(env, seed, mode)
    seen, largest = [observation["state"]], 0.0
    for _ in range(num_steps):
        action = expert.act(observation)
        largest = max(largest, float(np.linalg.norm(action)))
        observation, _, terminated, _, info = env.step(action)
        seen.append(observation["state"])
        if terminated:
            break
    return info, len(seen) - 1, array_digest(np.array(seen), env.state()), largest


def situation(*places):
    """Returns the cubes lying at `places`, red, green, blue, seen from above."""
    poses = [Pose(x, y, REST_Z, 1.0, 0.0, 0.0, 0.0) for x, y in places]
    return Situation((0.5, -0.2, 0.12), poses, [False] * 3, [0.0] * 3)


def judged(*inside):
    """Returns the rules after situations in which the cubes of each set of indices are at their targets."""
    rules = Inserting()
    rules.reset({}, situation(FAR, FAR, FAR))
    for cubes in inside:
        rules.update(situation(*(TARGETS[i] if i in cubes else FAR for i in range(3))))
    return rules


def test_expert_shows_the_order_it_is_asked_for(env, contexts):
    mode = 4
    info, length, _, largest = play(env, contexts["validation"][mode], mode, seed=mode)
    assert info == {"success": True, "mode": mode, "num_inserted": 3}
    assert length < 0.8 * INSERTING.horizon
    assert largest < ROD_REACH_M


@pytest.mark.parametrize("mode", range(6), ids=MODES)
def test_order_is_seen_in_the_cube_that_the_expert_goes_for(env, contexts, mode):
    context = contexts["validation"][0]
    observation, _ = env.reset(seed=0, options={"context": context})
    expert = INSERTING.make_expert()
    expert.reset(env, 0, mode)
    before = observation["state"]
    for _ in range(120):
        observation, *_ = env.step(expert.act(observation))
    moved = [np.hypot(*(observation["state"][i : i + 2] - before[i : i + 2])) for i in (4, 8, 12)]
    assert np.argmax(moved) == ORDERS[mode][0]


def test_expert_without_a_mode_varies_the_order_with_the_seed(env, contexts):
    orders = set()
    expert = INSERTING.make_expert()
    for seed in range(60):
        env.reset(seed=seed, options={"context": contexts["test"][0]})
        expert.reset(env, seed)
        orders.add(expert.order)
    assert orders == set(ORDERS)


def test_expert_solves_a_farthest_start(env, contexts):
    info, *_ = play(env, contexts["shift/context-range-5"][5], 5, seed=5)
    assert (info["success"], info["mode"]) == (True, 5)


def test_an_episode_repeats_bit_for_bit_in_a_used_environment(env, contexts):
    context = contexts["test"][1]
    first = play(env, context, 3, seed=5, num_steps=200)
    play(env, contexts["shift/context-range-3"][0], 1, seed=6, num_steps=50)
    assert play(env, context, 3, seed=5, num_steps=200) == first


def test_modes_are_the_orders_of_the_cubes():
    assert list(ORDERS) == list(permutations(range(3)))
    assert MODES[0] == "red, green, blue"
    assert MODES[5] == "blue, green, red"


@pytest.mark.parametrize("order", ORDERS)
def test_mode_is_the_order_in_which_the_cubes_came_in(order):
    first, second, _ = order
    rules = judged({first}, {first, second}, {0, 1, 2})
    assert (rules.success, rules.mode) == (True, ORDERS.index(order))


def test_cube_that_left_counts_from_when_it_came_back():
    assert judged({0}, set(), {1}, {0, 1}, {0, 1, 2}).mode == ORDERS.index((1, 0, 2))


def test_cubes_that_come_at_once_give_no_mode():
    rules = judged({0}, {0, 1, 2})
    assert (rules.success, rules.mode) == (True, None)


def test_two_cubes_are_not_enough_and_success_stays():
    assert not judged({0}, {1}, {0, 1}, {0, 2}).success
    rules = judged({0}, {0, 1}, {0, 1, 2}, set())
    assert (rules.success, rules.mode) == (True, 0)


def test_nothing_is_decided_before_success():
    rules = judged({2}, {0, 2})
    assert (rules.success, rules.mode, rules.info()) == (False, None, {"num_inserted": 2})


@pytest.mark.parametrize(("aside", "inside"), [(0.0079, True), (0.0081, False)])
def test_a_cube_is_in_within_10_mm_of_its_target_in_space(aside, inside):
    # 6 mm above the target's plane, 8 mm beside it: 10 mm.
    rules = judged({0, 1})
    x, y = TARGETS[2]
    rules.update(situation(*TARGETS[:2], (x + aside, y)))
    assert rules.success == inside


def test_slanted_walls_look_as_under_the_quaternions_of_d3il():
    # Half a turn about u = (1, 2) / sqrt(5) takes the x axis to 2 (u . x) u - x = (-0.6, 0.8).
    assert (np.cos(SLANT), np.sin(SLANT)) == pytest.approx((-0.6, 0.8))
    assert sorted(wall[4] for wall in WALLS if wall[4]) == [-SLANT, -SLANT, SLANT, SLANT]


def test_walls_are_mirrored_about_the_middle():
    def ends(x, y, half_x, half_y, yaw):
        across = abs(half_x * np.cos(yaw)) + abs(half_y * np.sin(yaw))
        along = abs(half_x * np.sin(yaw)) + abs(half_y * np.cos(yaw))
        return tuple(np.round((abs(x - 0.525), y, across, along), 6))

    left = sorted(ends(*wall) for wall in WALLS if wall[0] < 0.524)
    assert left == sorted(ends(*wall) for wall in WALLS if wall[0] > 0.526)
    assert len(left) == 8


@pytest.mark.parametrize(("walls", "axis"), [((4, 8), 1), ((5, 9), 1), ((14, 15), 0)])
def test_pockets_are_5_mm_wider_than_the_cubes(walls, axis):
    low, high = (WALLS[index] for index in walls)
    assert high[axis] - high[2 + axis] - (low[axis] + low[2 + axis]) == pytest.approx(0.055)


def test_walls_stop_the_rod(env):
    env.reset(seed=0, options={"context": {"objects": [[0.6, -0.2, 0], [0.7, -0.1, 0], [0.7, 0, 0]]}})
    for action in [(-0.01, 0.0)] * 14 + [(0.0, 0.01)] * 48:
        observation = env.step(np.array(action, np.float32))[0]["state"]
    # From (0.385, -0.28) straight on: the wall from (0.418, 0.146) to (0.382, 0.194) is in the way.
    assert 0.15 < observation[3] < 0.19


def test_starts_lie_in_the_ranges_and_apart(contexts):
    for context in (*contexts["train"], *contexts["test"]):
        poses = np.array(context["objects"])
        for (x, y, yaw), box in zip(poses, CUBES.values(), strict=True):
            assert box.x[0] <= x <= box.x[1]
            assert box.y[0] <= y <= box.y[1]
            assert abs(yaw) <= 1.5709
        places = np.concatenate([poses[:, :2], [START[:2]]])
        gaps = np.linalg.norm(places[:, None] - places, axis=2)[np.triu_indices(4, 1)]
        assert gaps.min() > 0.0798


@pytest.mark.parametrize("severity", range(1, 6))
def test_shifted_starts_lie_outside_of_the_ranges_but_before_the_walls(contexts, severity):
    for context in contexts[f"shift/context-range-{severity}"]:
        for (x, y, _), box in zip(context["objects"], CUBES.values(), strict=True):
            beyond = max(box.x[0] - x, x - box.x[1], box.y[0] - y, y - box.y[1])
            assert 0.01 * (severity - 1) - 1e-4 < beyond <= 0.01 * severity + 1e-4
            assert y + np.hypot(0.025, 0.025) < 0.138  # the walls begin at 0.14


def test_cubes_rest_where_they_are_put(env, contexts):
    context = contexts["test"][3]
    env.reset(seed=0, options={"context": context})
    for _ in range(20):
        observation = env.step(np.zeros(2, np.float32))[0]["state"]
    expected = [value for x, y, yaw in context["objects"] for value in (x, y, np.sin(yaw), np.cos(yaw))]
    assert observation[4:] == pytest.approx(expected, abs=1e-3)
    assert [body.rest_z for body in LAYOUT.bodies] == pytest.approx([REST_Z] * 3)


def test_expert_does_as_well_at_longer_physics_steps(contexts):
    env = type(INSERTING.make_env())(**INSERTING.env_options, timing=COARSE)
    info, *_ = play(env, contexts["validation"][2], 2, seed=2)
    env.close()
    assert (info["success"], info["mode"]) == (True, 2)
