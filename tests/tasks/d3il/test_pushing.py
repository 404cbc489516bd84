"""The Pushing task: geometry, thresholds, modes, contexts, expert; and the skill of pushing."""

import json
from math import hypot

import numpy as np
import pytest

from ilbench.importing import load_object
from ilbench.tasks.d3il import pusher, pushing
from ilbench.tasks.d3il.declaring import ROD_REACH_M
from ilbench.tasks.d3il.layout import COARSE, EXACT, Pose, Situation
from ilbench.tasks.d3il.pushing import CUBES, MODES, ZONES, Pushing
from ilbench.tasks.d3il.rod_tasks import PUSHING

pytest.importorskip("mujoco")
from ilbench.demonstrations.rollout import rollout

REST_Z = 0.011
START = [(0.45, -0.1), (0.60, -0.1)]
RED_ZONE, GREEN_ZONE = ZONES.values()


@pytest.fixture(scope="module")
def env():
    env = PUSHING.make_env()
    yield env
    env.close()


def situation(red, green):
    poses = [Pose(x, y, REST_Z, 1.0, 0.0, 0.0, 0.0) for x, y in (red, green)]
    return Situation((0.525, -0.28, 0.12), poses, [False] * 2, [0.0] * 2)


def after(*steps):
    """Returns the rules after the cubes were at the given (red, green) places, one a control step."""
    rules = Pushing()
    rules.reset({}, situation(*START))
    for red, green in steps:
        rules.update(situation(red, green))
    return rules


def beside(zone, distance):
    return zone[0] + distance, zone[1]


@pytest.mark.parametrize("mode", range(4), ids=MODES)
def test_expert_shows_the_mode_it_is_asked_for(env, mode):
    played = rollout(PUSHING, env, PUSHING.make_expert(), context=3 + mode, seed=mode, mode=mode)
    assert (played.success, played.mode) == (True, mode)
    assert 80 < len(played) < 320


def test_expert_without_a_mode_varies_it_with_the_seed(env):
    modes = {rollout(PUSHING, env, PUSHING.make_expert(), context=0, seed=seed).mode for seed in range(8)}
    assert len(modes) > 2


def test_expert_masters_starts_far_outside_of_the_ranges(env):
    split = "shift/context-range-5"
    played = [
        rollout(PUSHING, env, PUSHING.make_expert(), split=split, context=i, seed=i, mode=i % 4)
        for i in range(4)
    ]
    assert sum(p.success and p.mode == i % 4 for i, p in enumerate(played)) >= 3


def test_demonstration_comes_back_from_its_noise_and_stays_within_the_declared_reach(env):
    noise = PUSHING.demonstrations.noise
    played = rollout(PUSHING, env, PUSHING.make_expert(), context=1, seed=5, mode=1, noise=noise)
    assert (played.success, played.mode) == (True, 1)
    assert np.abs(played.expert_actions).max() < np.abs(played.actions).max() < ROD_REACH_M


@pytest.mark.parametrize(
    ("first", "second", "mode"),
    [
        ((RED_ZONE, START[1]), (RED_ZONE, GREEN_ZONE), "red to red first"),
        ((START[0], GREEN_ZONE), (RED_ZONE, GREEN_ZONE), "green to green first"),
        ((GREEN_ZONE, START[1]), (GREEN_ZONE, RED_ZONE), "red to green first"),
        ((START[0], RED_ZONE), (GREEN_ZONE, RED_ZONE), "green to red first"),
    ],
)
def test_mode_is_the_pairing_and_who_came_first(first, second, mode):
    assert (after(first).success, after(first).mode) == (False, None)
    rules = after(first, second)
    assert (rules.success, MODES[rules.mode]) == (True, mode)


def test_cubes_that_arrive_in_the_same_step_count_as_red_first():
    assert MODES[after((RED_ZONE, GREEN_ZONE)).mode] == "red to red first"
    assert MODES[after((GREEN_ZONE, RED_ZONE)).mode] == "red to green first"


def test_detour_through_the_other_zone_does_not_take_the_mode_away():
    rules = after((RED_ZONE, START[1]), (RED_ZONE, RED_ZONE), (GREEN_ZONE, RED_ZONE))
    assert (rules.success, MODES[rules.mode]) == (True, "green to red first")


def test_two_cubes_in_one_zone_are_no_success():
    rules = after((RED_ZONE, beside(RED_ZONE, 0.02)))
    assert (rules.success, rules.mode) == (False, None)


def test_success_and_mode_are_latched():
    rules = after((RED_ZONE, GREEN_ZONE), (START[0], START[1]), (GREEN_ZONE, RED_ZONE))
    assert (rules.success, rules.mode) == (True, 0)


def test_threshold_is_50_mm_in_space_from_a_zone_at_height_zero():
    reach = (0.05**2 - REST_Z**2) ** 0.5  # 48.8 mm seen from above
    assert after((beside(RED_ZONE, reach - 1e-6), GREEN_ZONE)).success
    assert not after((beside(RED_ZONE, reach + 1e-6), GREEN_ZONE)).success


def test_geometry_is_that_of_d3il(env):
    layout = pushing.LAYOUT
    env.reset(seed=0, options={"context": PUSHING.contexts("test")[0]})
    assert env.unwrapped.situation.tool == pytest.approx((0.525, -0.28, 0.12), abs=3e-3)
    assert layout.timing == EXACT
    assert ZONES == {"red": (0.42, 0.30), "green": (0.63, 0.30)}
    assert [(b.blocks[0].half_size, b.blocks[0].mass) for b in layout.bodies] == [((0.03,) * 3, 0.05)] * 2
    assert PUSHING.horizon == 400
    assert PUSHING.presets["full"].num_contexts * PUSHING.presets["full"].num_repeats == 480


def test_cubes_begin_at_rest_where_the_context_says(env):
    context = PUSHING.contexts("test")[0]
    first, _ = env.reset(seed=0, options={"context": context})
    for _ in range(20):
        later = env.step(np.zeros(2, np.float32))[0]
    np.testing.assert_allclose(later["state"][4:], first["state"][4:], atol=2e-4)
    np.testing.assert_allclose(later["state"][:4], first["state"][:4], atol=2e-3)
    np.testing.assert_allclose(
        first["state"][[4, 5, 8, 9]], np.ravel([c[:2] for c in context["objects"]]), atol=1e-6
    )


@pytest.mark.parametrize("split", ["train", "test", "validation"])
def test_contexts_are_in_the_ranges_of_d3il(split):
    for context in PUSHING.contexts(split):
        for box, pose in zip(CUBES.values(), context["objects"], strict=True):
            assert all(
                low - 1e-4 <= v <= high + 1e-4
                for v, (low, high) in zip(pose, (box.x, box.y, box.yaw), strict=True)
            )
        (a, b, _), (c, d, _) = context["objects"]
        apart = 0.05 if split == "test" else pushing.APART_M  # D3IL's own test starts lie closer
        assert hypot(a - c, b - d) > apart - 1e-4


@pytest.mark.parametrize("severity", range(1, 6))
def test_shifted_starts_leave_the_ranges_by_15_mm_a_severity(severity):
    for context in PUSHING.contexts(f"shift/context-range-{severity}"):
        for box, (x, y, _) in zip(CUBES.values(), context["objects"], strict=True):
            beyond = max(box.x[0] - x, x - box.x[1], box.y[0] - y, y - box.y[1])
            assert 0.015 * (severity - 1) - 1e-4 <= beyond <= 0.015 * severity + 1e-4


def test_used_and_fresh_environment_play_the_same_bits(env):
    rollout(PUSHING, env, PUSHING.make_expert(), split="shift/physics-5", context=2, seed=1)
    used = rollout(PUSHING, env, PUSHING.make_expert(), split="test", context=1, seed=2, mode=3)
    fresh = rollout(
        PUSHING, PUSHING.make_env(), PUSHING.make_expert(), split="test", context=1, seed=2, mode=3
    )
    assert used.digest() == fresh.digest()


def test_expert_shows_its_mode_at_longer_physics_steps_as_well():
    options = {**PUSHING.env_options, "timing": COARSE}
    env = load_object(PUSHING.env)(**options)
    played = [rollout(PUSHING, env, PUSHING.make_expert(), context=i, seed=i, mode=i) for i in range(2)]
    assert [(p.success, p.mode) for p in played] == [(True, 0), (True, 1)]


def test_contexts_on_file_are_those_of_the_seed():
    assert json.loads(json.dumps(pushing.make_contexts()["test"])) == list(PUSHING.contexts("test"))


# --- the skill ---------------------------------------------------------------------------------------


def test_free_way_is_straight():
    assert pusher.next_point((0.0, 0.0), (1.0, 0.0), [(0.5, 0.2)], 0.1) == (1.0, 0.0)


def test_way_around_a_circle_is_on_the_shorter_side_and_clear_of_it():
    x, y = pusher.next_point((0.0, 0.0), (1.0, 0.0), [(0.5, 0.03)], 0.1)
    assert y < 0.0
    assert hypot(x - 0.5, y - 0.03) >= 0.1


def test_way_in_a_region_goes_around_on_the_longer_side():
    region = pusher.Region(y=(-0.05, 1.0))
    assert pusher.next_point((0.0, 0.0), (1.0, 0.0), [(0.5, 0.03)], 0.1, region)[1] > 0.0


def test_rod_behind_the_cube_pushes_straight_and_one_before_it_goes_around():
    behind = pusher.advance((0.0, -0.05), (0.0, 0.0), (0.0, 0.3), [])
    assert behind.pushes
    assert behind.aim == pytest.approx((0.0, -0.05 + pusher.AHEAD_M))
    before = pusher.advance((0.0, 0.2), (0.0, 0.0), (0.0, 0.3), [])
    assert not before.pushes
    assert abs(before.aim[0]) > 0.03


def test_push_steers_against_the_side_the_rod_is_on():
    step = pusher.advance((0.01, -0.045), (0.0, 0.0), (0.0, 0.3), [])
    assert step.pushes
    assert step.aim[0] < 0.01


def test_ways_are_not_braked_before_a_turn_but_at_their_end():
    turn = pusher.advance((0.0, 0.075), (0.0, 0.0), (0.0, 0.3), []).aim
    assert hypot(turn[0], turn[1] - 0.075) >= pusher.AHEAD_M
    end = pusher.advance((0.01, -0.11), (0.0, 0.0), (0.0, 0.3), []).aim
    assert end == pytest.approx((0.0, -pusher.STANDOFF_M), abs=2e-3)


def test_way_where_none_is_free_brushes_past():
    ring = [(0.08 * np.cos(a), 0.08 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 7)[:-1]]
    aim = pusher.next_point((0.0, 0.0), (1.0, 0.0), ring, 0.062)
    assert np.isfinite(aim).all()
