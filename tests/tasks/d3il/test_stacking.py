"""The Stacking tasks: levels of success, modes, arm and gripper, expert, time step."""

from itertools import permutations
from math import hypot

import numpy as np
import pytest

from ilbench.demonstrations.rollout import rollout
from ilbench.demonstrations.unpickling import load_plain
from ilbench.digest import array_digest
from ilbench.tasks.d3il.contexts import published
from ilbench.tasks.d3il.layout import HOME, TABLE_Z_M, Pose, Situation
from ilbench.tasks.d3il.stacking import (
    APART_M,
    NAMES,
    OBJECTS,
    RULES,
    STILL_STEPS,
    TARGET,
    ZONE_M,
)
from ilbench.tasks.d3il.stacking_tasks import ARM_REACH, STACKING_1, STACKING_2, STACKING_3

pytest.importorskip("mujoco")
from ilbench.tasks.d3il.arm import ArmEnv

TASKS = (STACKING_1, STACKING_2, STACKING_3)
LOW, MIDDLE, HIGH = 0.011, 0.071, 0.131
AWAY = (0.4, -0.2, LOW)
CONTEXT = STACKING_1.contexts("test")[0]
OPEN, CLOSE = 0.09, 0.06


def situation(*centers, held=(), moving=None):
    """A made-up situation: centers of red, green and blue, names of what is held, speeds."""
    poses = [Pose(*center, 1.0, 0.0, 0.0, 0.0) for center in centers]
    return Situation((0.5, 0.0, 0.3), poses, [name in held for name in NAMES], moving or [0.0] * 3)


def at(z, x=TARGET[0], y=TARGET[1]):
    return (x, y, z)


def told(level, *situations):
    """The rules of a level, told each situation for as long as an object must lie still."""
    rules = RULES[level]()
    rules.reset({}, situations[0])
    for one in situations:
        for _ in range(STILL_STEPS):
            rules.update(one)
    return rules


# --- success and modes -------------------------------------------------------------------------------


@pytest.mark.parametrize("index", range(3))
def test_one_object_in_the_zone_is_success_of_level_one_and_names_the_mode(index):
    centers = [AWAY] * 3
    centers[index] = at(LOW)
    rules = told(1, situation(*centers))
    assert (rules.success, STACKING_1.modes[rules.mode]) == (True, NAMES[index])


@pytest.mark.parametrize(("distance", "success"), [(ZONE_M - 1e-4, True), (ZONE_M + 1e-4, False)])
def test_the_zone_is_a_disk(distance, success):
    x, y = TARGET[0] + 0.6 * distance, TARGET[1] - 0.8 * distance
    assert told(1, situation(AWAY, (x, y, LOW), AWAY)).success is success


@pytest.mark.parametrize(
    "spoiled",
    [{"held": ("red",)}, {"moving": [0.011, 0.0, 0.0]}],
    ids=["held", "moving"],
)
def test_an_object_that_is_held_or_moves_does_not_count(spoiled):
    assert not told(1, situation(at(LOW), AWAY, AWAY, **spoiled)).success


def test_an_object_lies_after_five_still_steps_in_a_row():
    rules, still = RULES[1](), situation(at(LOW), AWAY, AWAY)
    rules.reset({}, still)
    seen = []
    for one in [still] * 4 + [situation(at(LOW), AWAY, AWAY, held=("red",))] + [still] * 5:
        rules.update(one)
        seen.append(rules.success)
    assert seen == [False] * 9 + [True]


@pytest.mark.parametrize("order", list(permutations(range(3), 2)))
def test_mode_of_level_two_is_the_stack_from_the_bottom(order):
    centers = [AWAY] * 3
    for index, z in zip(order, (LOW, MIDDLE), strict=True):
        centers[index] = at(z)
    rules = told(2, situation(*centers))
    assert STACKING_2.modes[rules.mode] == " then ".join(NAMES[i] for i in order)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_mode_of_level_three_is_the_stack_from_the_bottom(order):
    centers = [AWAY] * 3
    for index, z in zip(order, (LOW, MIDDLE, HIGH), strict=True):
        centers[index] = at(z)
    rules = told(3, situation(*centers))
    assert STACKING_3.modes[rules.mode] == " then ".join(NAMES[i] for i in order)


def test_two_objects_side_by_side_are_no_stack():
    beside = situation(at(LOW, y=0.17), at(LOW, y=0.24), AWAY)
    assert told(1, beside).success
    assert not told(2, beside).success


@pytest.mark.parametrize(("rise", "success"), [(0.0299, False), (0.0301, True)])
def test_a_stack_needs_heights_apart(rise, success):
    assert told(2, situation(at(LOW), at(LOW + rise), AWAY)).success is success


def test_two_stacked_objects_are_not_three():
    assert not told(3, situation(at(LOW), at(MIDDLE), at(MIDDLE, y=0.24))).success


def test_mode_is_undefined_where_no_order_can_be_told():
    both = told(1, situation(at(LOW, y=0.17), at(LOW, y=0.24), AWAY))
    assert (both.success, both.mode) == (True, None)


def test_success_and_mode_stay():
    rules = told(1, situation(at(LOW), AWAY, AWAY), situation(AWAY, at(LOW), AWAY))
    assert (rules.success, STACKING_1.modes[rules.mode]) == (True, "red")
    rules.reset({}, situation(AWAY, AWAY, AWAY))
    assert (rules.success, rules.mode) == (False, None)


# --- contexts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("split", ["train", "test", "validation"])
def test_objects_begin_in_their_ranges(split):
    for context in STACKING_3.contexts(split):
        poses = dict(zip(NAMES, context["objects"], strict=True))
        for name, box in OBJECTS.items():
            x, y, yaw = poses[name]
            assert box.x[0] <= x <= box.x[1]
            assert box.y[0] <= y <= box.y[1]
            assert abs(yaw) <= 1.5709


@pytest.mark.parametrize("split", ["train", "validation"])
def test_objects_that_are_drawn_begin_apart(split):
    for context in STACKING_3.contexts(split):
        poses = dict(zip(NAMES, context["objects"], strict=True))
        for (a, b), least in APART_M.items():
            assert hypot(poses[a][0] - poses[b][0], poses[a][1] - poses[b][1]) > least - 2e-4


@pytest.mark.parametrize("severity", range(1, 6))
def test_shifted_ranges_lie_outside_by_up_to_12_mm_times_the_severity(severity):
    for context in STACKING_1.contexts(f"shift/context-range-{severity}"):
        for box, (x, y, _) in zip(OBJECTS.values(), context["objects"], strict=True):
            beyond = max(box.x[0] - x, x - box.x[1], box.y[0] - y, y - box.y[1])
            assert 0.012 * (severity - 1) - 1e-4 <= beyond <= 0.012 * severity + 1e-4


def test_the_test_contexts_are_the_hundred_of_d3il_and_the_full_preset_plays_its_sixty():
    assert list(STACKING_1.contexts("test")) == published("stacking")
    assert len(STACKING_1.contexts("test")) == 100
    assert (STACKING_3.presets["full"].num_contexts, STACKING_3.presets["full"].num_repeats) == (60, 18)


def test_published_contexts_say_what_d3ils_file_does(human_data):
    poses = load_plain(human_data / "d3il-human/official-splits/stacking/test_contexts.pkl")
    for context, theirs in zip(published("stacking"), poses, strict=True):
        for (x, y, yaw), (place, quaternion) in zip(context["objects"], theirs[:3], strict=True):
            assert (x, y) == pytest.approx(place[:2].tolist(), abs=1e-7)
            assert quaternion == pytest.approx([np.cos(yaw / 2), 0.0, 0.0, np.sin(yaw / 2)], abs=2e-7)


def test_all_levels_play_the_same_contexts():
    assert STACKING_1.contexts("test") == STACKING_2.contexts("test") == STACKING_3.contexts("test")


# --- arm and gripper ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def envs():
    made = {task.id: task.make_env() for task in TASKS}
    yield made
    for env in made.values():
        env.close()


@pytest.fixture
def env(envs):
    env = envs[STACKING_3.id].unwrapped
    env.reset(seed=0, options={"context": CONTEXT})
    return env


def push(env, joint=None, delta=0.0, width=OPEN, times=1):
    action = np.zeros(8, np.float32)
    action[7] = width
    if joint is not None:
        action[joint] = delta
    for _ in range(times):
        result = env.step(action)
    return result


def test_the_arm_begins_with_the_tool_at_its_start_pointing_down(env):
    assert env.situation.tool == pytest.approx((0.524978, 0.0, 0.301514), abs=1e-6)
    assert env.tool_yaw == pytest.approx(0.0, abs=1e-6)


def test_the_state_is_commanded_and_measured_joints_and_width_then_objects(env):
    push(env, times=10)
    state = push(env, joint=1, delta=0.03)[0]["state"]
    assert state[:7] == pytest.approx([HOME[0], HOME[1] + 0.03, *HOME[2:]], abs=1e-6)
    assert HOME[1] < state[9] < HOME[1] + 0.03
    assert state[[7, 15]] == pytest.approx([0.08, 0.08], abs=1e-4)
    assert state[[16, 17, 21, 22, 26, 27]] == pytest.approx(
        np.array(CONTEXT["objects"])[:, :2].ravel(), abs=1e-4
    )
    assert state[[18, 23, 28]] == pytest.approx([TABLE_Z_M + 0.03] * 3, abs=1e-3)


def test_gravity_does_not_pull_the_arm_down(env):
    push(env, times=60)
    assert env.situation.tool == pytest.approx((0.524978, 0.0, 0.301514), abs=1e-5)


def test_an_episode_begins_with_closed_fingers_that_open(env):
    start = env.reset(seed=0, options={"context": CONTEXT})[0]["state"]
    assert start[[7, 15]] == pytest.approx([0.08, 0.0])
    assert push(env, times=5)[0]["state"][15] > 0.07


def test_commanded_joints_stay_within_the_limits(env):
    state = push(env, joint=5, delta=10.0)[0]["state"]
    assert state[5] == pytest.approx(3.7525)


@pytest.mark.parametrize(("width", "measured"), [(0.0751, 0.08), (0.0749, 0.0), (-5.0, 0.0), (9.0, 0.08)])
def test_a_width_above_75_mm_opens_and_any_other_closes(env, width, measured):
    state = push(env, width=width, times=30)[0]["state"]
    assert state[15] == pytest.approx(measured, abs=2e-3)
    assert 0.0 <= state[7] <= 0.08


def test_a_delayed_gripper_stays_open_until_its_first_action(envs):
    env = envs[STACKING_3.id]
    env.reset(seed=0, options={"context": STACKING_3.contexts("shift/action-delay-3")[0]})
    assert push(env, width=CLOSE, times=4)[0]["state"][7] == pytest.approx(0.08)
    assert push(env, width=CLOSE)[0]["state"][7] == pytest.approx(CLOSE)


def test_what_the_gripper_touches_is_held_and_is_let_go(env):
    expert = STACKING_3.make_expert()
    observation, _ = env.reset(seed=0, options={"context": CONTEXT})
    expert.reset(env, 0, 0)
    held = []
    for _ in range(160):
        observation, *_ = env.step(expert.act(observation))
        held.append(tuple(name for name, is_held in zip(NAMES, env.situation.held, strict=True) if is_held))
    changes = [now for before, now in zip([None, *held], held, strict=False) if now != before]
    assert changes == [(), ("red",), ()]


# --- the expert --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("task", "mode"), [(task, mode) for task in TASKS for mode in range(len(task.modes))]
)
def test_expert_shows_the_mode_it_is_asked_for(envs, task, mode):
    trajectory = rollout(task, envs[task.id], task.make_expert(), mode, mode, split="validation", mode=mode)
    assert (trajectory.success, trajectory.mode) == (True, mode)
    assert len(trajectory.actions) < 0.6 * task.horizon
    assert np.abs(trajectory.actions[:, :7]).max() < ARM_REACH
    assert set(trajectory.actions[:, 7]) == {np.float32(OPEN), np.float32(CLOSE)}


def test_expert_without_a_mode_varies_it_with_the_seed(envs):
    env, expert = envs[STACKING_1.id], STACKING_1.make_expert()
    assert {rollout(STACKING_1, env, expert, 0, seed).mode for seed in range(12)} == {0, 1, 2}


@pytest.mark.parametrize("split", ["context-range-5", "physics-3"])
def test_expert_stacks_from_outside_the_ranges_and_what_is_slippery_and_heavy(envs, split):
    env, expert = envs[STACKING_3.id], STACKING_3.make_expert()
    trajectories = [rollout(STACKING_3, env, expert, i, i, split=f"shift/{split}", mode=i) for i in range(3)]
    assert sum(trajectory.success for trajectory in trajectories) >= 2


def test_expert_takes_up_again_what_was_knocked_out_of_its_hand(envs):
    env, expert = envs[STACKING_1.id].unwrapped, STACKING_1.make_expert()
    observation, info = env.reset(seed=0, options={"context": CONTEXT})
    expert.reset(env, 0, 2)
    held = []
    for step in range(400):
        action = expert.act(observation)
        if 75 <= step < 85:
            action[7] = OPEN
        observation, _, terminated, _, info = env.step(action)
        held.append(env.situation.held[2])
        if terminated:
            break
    assert (held[74], held[84]) == (True, False)
    assert info == {"success": True, "mode": 2}


def test_a_used_environment_plays_like_a_fresh_one(envs):
    used, fresh = envs[STACKING_2.id], ArmEnv(STACKING_2.env_options["rules"])
    expert = STACKING_2.make_expert()
    digests = []
    for env in (used, fresh):
        trajectory = rollout(STACKING_2, env, expert, 5, 5, mode=4)
        end = env.unwrapped.state()
        digests.append(array_digest(trajectory.observations["state"], trajectory.actions, end))
    assert digests[0] == digests[1]
