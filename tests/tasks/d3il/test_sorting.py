"""The Sorting tasks: geometry, bins, orders, contexts, clutter, expert."""

import json
from itertools import combinations
from math import cos, pi, sin

import numpy as np
import pytest

from ilbench.tasks.d3il import sorting
from ilbench.tasks.d3il.layout import Pose, Situation
from ilbench.tasks.d3il.rod_tasks import SORTING_2, SORTING_4, SORTING_6
from ilbench.tasks.d3il.sorting import SLOTS, Sorting2, Sorting4, Sorting6

pytest.importorskip("mujoco")
from ilbench.demonstrations.rollout import rollout
from ilbench.tasks.d3il.sorting_expert import LIFTED_M, LOWERED_M

TASKS = {2: SORTING_2, 4: SORTING_4, 6: SORTING_6}
RULES = {2: Sorting2, 4: Sorting4, 6: Sorting6}
RED, BLUE, AWAY = (0.40, 0.32), (0.625, 0.32), (0.5, -0.1)

every_number = pytest.mark.parametrize("number", [2, 4, 6])


@pytest.fixture(scope="module")
def envs():
    envs = {number: task.make_env() for number, task in TASKS.items()}
    yield envs
    for env in envs.values():
        env.close()


def situation(places):
    poses = [Pose(x, y, 0.011, 1.0, 0.0, 0.0, 0.0) for x, y in places]
    return Situation((0.525, -0.3, 0.25), poses, [False] * len(poses), [0.0] * len(poses))


def after(*steps):
    """Returns the rules after the cubes were at the given places, one tuple a control step."""
    rules = RULES[len(steps[0])]()
    rules.reset({}, situation([AWAY] * len(steps[0])))
    for places in steps:
        rules.update(situation(places))
    return rules


def named(rules):
    return TASKS[len(rules.colors)].modes[rules.mode]


def corners(pose, half=sorting.HALF_M):
    x, y, yaw = pose
    c, s = cos(yaw), sin(yaw)
    return [
        (x + half * (i * c - j * s), y + half * (i * s + j * c))
        for i, j in ((1, 1), (1, -1), (-1, -1), (-1, 1))
    ]


def holds(pose, point, half=sorting.HALF_M):
    dx, dy = point[0] - pose[0], point[1] - pose[1]
    c, s = cos(pose[2]), sin(pose[2])
    return abs(dx * c + dy * s) < half and abs(dy * c - dx * s) < half


@pytest.mark.parametrize(("number", "mode"), [(n, m) for n in (2, 4) for m in range(len(TASKS[n].modes))])
def test_expert_shows_the_mode_it_is_asked_for(envs, number, mode):
    task = TASKS[number]
    tries = (
        rollout(task, envs[number], task.make_expert(), context=i, seed=i, mode=mode) for i in (20, 21, 22)
    )
    assert any(played.success and played.mode == mode for played in tries)


@pytest.mark.parametrize("mode", [0, 6, 13, 19])
def test_expert_shows_the_order_of_six_cubes_that_it_is_asked_for(envs, mode):
    tries = (
        rollout(SORTING_6, envs[6], SORTING_6.make_expert(), context=mode + i, seed=mode, mode=mode)
        for i in (0, 1, 2)
    )
    assert any(played.success and played.mode == mode for played in tries)


def test_expert_without_a_mode_varies_it_with_the_seed(envs):
    played = [rollout(SORTING_4, envs[4], SORTING_4.make_expert(), context=0, seed=seed) for seed in range(5)]
    assert len({p.mode for p in played}) > 2


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_expert_mostly_manages_with_clutter(envs, count):
    played = [
        rollout(
            SORTING_2,
            envs[2],
            SORTING_2.make_expert(),
            split=f"shift/more-objects-{count}",
            context=i,
            seed=i,
        )
        for i in range(4)
    ]
    assert sum(p.success for p in played) >= 3


def test_modes_are_the_orders_of_colors_in_lexicographic_order():
    assert [len(TASKS[number].modes) for number in (2, 4, 6)] == [2, 6, 20]
    assert SORTING_2.modes == ("red, blue", "blue, red")
    assert SORTING_4.modes[:2] == ("red, red, blue, blue", "red, blue, red, blue")
    assert SORTING_6.modes[-1] == "blue, blue, blue, red, red, red"


@pytest.mark.parametrize(("first", "mode"), [((RED, AWAY), "red, blue"), ((AWAY, BLUE), "blue, red")])
def test_mode_is_the_order_in_which_cubes_reached_their_bins(first, mode):
    assert (after(first).success, after(first).mode) == (False, None)
    rules = after(first, (RED, BLUE))
    assert (rules.success, named(rules)) == (True, mode)


def test_cubes_in_the_other_bin_count_for_nothing():
    rules = after((BLUE, RED))
    assert (rules.success, rules.mode, rules.registered) == (False, None, [])


def test_one_cube_is_registered_per_step_the_nearest_to_its_bin_first():
    rules = after(((0.45, 0.3), RED, BLUE, AWAY))
    assert rules.registered in ([1], [2])
    far_red = after(((0.48, 0.25), AWAY, BLUE, AWAY), ((0.48, 0.25), AWAY, BLUE, AWAY))
    assert [far_red.colors[i] for i in far_red.registered] == ["blue", "red"]


def test_cube_that_is_nearest_but_outside_holds_up_the_others_as_in_d3il():
    outside = (0.40, 0.2249)  # 95 mm from its bin's center, and on the wall
    inside = (0.53 + 0.001, 0.39)  # 117 mm from its bin's center
    assert after((outside, inside)).registered == []


def test_cubes_that_drop_together_at_last_have_a_mode():
    rules = after(((0.45, 0.32), BLUE))
    assert (rules.success, named(rules)) == (True, "blue, red")


def test_registered_cube_stays_registered_but_success_needs_all_inside_at_once():
    rules = after((RED, AWAY), (AWAY, BLUE))
    assert (rules.success, named(rules)) == (False, "red, blue")
    rules.update(situation((RED, BLUE)))
    assert (rules.success, named(rules)) == (True, "red, blue")


def test_success_is_latched():
    assert after((RED, BLUE), (AWAY, AWAY)).success


@pytest.mark.parametrize(
    ("x", "y", "inside"),
    [
        (0.3051, 0.3, True), (0.3049, 0.3, False), (0.4949, 0.3, True), (0.4951, 0.3, False),
        (0.4, 0.2251, True), (0.4, 0.2249, False), (0.4, 0.3999, True), (0.4, 0.4001, False),
    ],
)  # fmt: skip
def test_bin_is_between_the_inner_faces_of_its_walls(x, y, inside):
    assert after(((x, y), BLUE)).success is inside


@every_number
def test_geometry_is_that_of_d3il(envs, number):
    layout, task = RULES[number].layout, TASKS[number]
    envs[number].reset(seed=0, options={"context": task.contexts("test")[0]})
    assert envs[number].unwrapped.situation.tool == pytest.approx((0.525, -0.30, 0.25), abs=3e-3)
    platform = layout.fixtures[0]
    assert (platform.half_size, platform.pos, platform.friction[0]) == (
        (0.3, 0.3, 0.1),
        (0.5, -0.1, 0.0),
        0.3,
    )
    assert [body.blocks[0].color for body in layout.bodies] == ["red"] * (number // 2) + ["blue"] * (
        number // 2
    )
    assert {body.rest_z for body in layout.bodies} == {0.13}
    assert task.horizon == {2: 500, 4: 700, 6: 1200}[number]
    assert task.observation[0].shape == (4 + 4 * number,)


@every_number
def test_cubes_begin_at_rest_on_the_platform(envs, number):
    env = envs[number]
    first, _ = env.reset(seed=0, options={"context": TASKS[number].contexts("test")[1]})
    for _ in range(20):
        later = env.step(np.zeros(2, np.float32))[0]
    np.testing.assert_allclose(later["state"][4:], first["state"][4:], atol=1e-3)
    np.testing.assert_allclose(later["state"][:4], first["state"][:4], atol=3e-3)
    assert all(pose.z == pytest.approx(0.13, abs=1e-3) for pose in env.unwrapped.situation.objects)


@every_number
def test_cubes_in_a_bin_lie_below_the_rod(envs, number):
    env, context = envs[number], TASKS[number].contexts("test")[0]
    dropped = {"objects": [[0.4, 0.32, 0.1], *context["objects"][1:]]}
    env.reset(seed=0, options={"context": dropped})
    for _ in range(30):
        env.step(np.zeros(2, np.float32))
    top = env.unwrapped.situation.objects[0].z + sorting.HALF_M
    assert top < 0.25 - 0.12


@pytest.mark.parametrize("split", ["train", "test", "validation"])
def test_six_cubes_lie_in_the_six_slots(split):
    for context in SORTING_6.contexts(split):
        found = sorted(_slot(pose) for pose in context["objects"])
        assert found == list(range(6))


def _slot(pose):
    x, y, _ = pose
    return next(
        i
        for i, box in enumerate(SLOTS)
        if box.x[0] - 1e-4 <= x <= box.x[1] + 1e-4 and box.y[0] - 1e-4 <= y <= box.y[1] + 1e-4
    )


@pytest.mark.parametrize("split", SORTING_6.split_names)
def test_no_cube_overlaps_another_or_hangs_over_the_edge(split):
    for context in SORTING_6.contexts(split):
        for one, other in combinations(context["objects"], 2):
            assert not any(holds(one, corner) for corner in corners(other))
            assert not any(holds(other, corner) for corner in corners(one))
        assert all(y < 0.2 for pose in context["objects"] for _, y in corners(pose))


def test_overlap_is_measured_between_turned_squares():
    flat, diamond = [0.0, 0.0, 0.0], [0.03 + 0.03 * 2**0.5, 0.0, pi / 4]
    assert sorting.overlap(flat, [diamond[0] - 1e-6, 0.0, pi / 4], 0.0)
    assert not sorting.overlap(flat, [diamond[0] + 1e-6, 0.0, pi / 4], 0.0)
    assert sorting.overlap(flat, [0.0, 0.0, 0.3], 0.0)
    assert not sorting.overlap(flat, [0.0601, 0.0, 0.0], 0.0)


def test_tasks_share_their_starts():
    for split in ("train", "test"):
        for two, four, six in zip(*(TASKS[n].contexts(split) for n in (2, 4, 6)), strict=True):
            assert two["objects"] == four["objects"][:2] == six["objects"][:2]


@pytest.mark.parametrize("number", [2, 4])
def test_clutter_fills_the_free_slots_of_the_test_contexts(envs, number):
    task, most = TASKS[number], 6 - number
    assert [s for s in task.split_names if "more-objects" in s] == [
        f"shift/more-objects-{count}" for count in range(1, most + 1)
    ]
    for plain, cluttered in zip(
        task.contexts("test"), task.contexts(f"shift/more-objects-{most}"), strict=False
    ):
        assert cluttered["objects"] == plain["objects"]
        assert sorted(map(_slot, cluttered["objects"] + cluttered["clutter"])) == list(range(6))
    observation, _ = envs[number].reset(seed=0, options={"context": cluttered})
    assert observation["state"].shape == task.observation[0].shape
    assert len(envs[number].unwrapped.clutter()) == most


def test_six_cubes_leave_no_slot_for_clutter():
    assert not [split for split in SORTING_6.split_names if "more-objects" in split]


def test_expert_gets_a_rod_off_the_cube_that_it_is_on(envs):
    env, raw = envs[2], envs[2].unwrapped
    observation, _ = env.reset(seed=0, options={"context": {"objects": [[0.5, -0.1, 0.0], [0.6, 0.1, 0.0]]}})
    expert, rest_z = SORTING_2.make_expert(), raw.situation.tool[2]
    expert.reset(env, 0, 0)
    heights = [0.06] * 120 + [0.06 - 0.001 * k for k in range(61)]
    for rise in heights:  # no action moves the rod up and down: the set-point is written
        raw._set_point[:] = (0.5, -0.1, rest_z + rise)
        observation, *_ = env.step(np.zeros(2, np.float32))
    assert raw.situation.tool[2] - rest_z > LIFTED_M
    rises = []
    for _ in range(30):
        observation, *_ = env.step(expert.act(observation))
        rises.append(raw.situation.tool[2] - rest_z)
    assert min(rises) < LOWERED_M


@pytest.mark.parametrize("number", [2, 4])
def test_used_and_fresh_environment_play_the_same_bits(envs, number):
    task = TASKS[number]
    used = rollout(task, envs[number], task.make_expert(), split="test", context=1, seed=2)
    fresh = rollout(task, task.make_env(), task.make_expert(), split="test", context=1, seed=2)
    assert used.digest() == fresh.digest()


@every_number
def test_contexts_on_file_are_those_of_the_seed(number):
    made = json.loads(json.dumps(sorting.make_contexts(number)["test"]))
    assert made == list(TASKS[number].contexts("test"))
