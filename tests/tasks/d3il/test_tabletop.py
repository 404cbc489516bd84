"""What all tabletop tasks share: contexts, set-point, determinism, images."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ilbench.digest import array_digest
from ilbench.tasks.d3il.declaring import image_variant
from ilbench.tasks.d3il.layout import Pose
from ilbench.tasks.d3il.pushing import CUBES
from ilbench.tasks.d3il.rod_tasks import PUSHING, SORTING_2
from ilbench.tasks.d3il.shifts import KINDS

pytest.importorskip("mujoco")
CONTEXT = PUSHING.contexts("test")[0]
SEVERITIES = range(1, 6)


@pytest.fixture(scope="module")
def env():
    env = PUSHING.make_env()
    yield env
    env.close()


def start(env, disturbance=None, seed=0, **entries):
    context = {**CONTEXT, **entries, "disturbance": disturbance or {}}
    return env.reset(seed=seed, options={"context": context})[0]["state"]


def forward(env, num_steps, dy=0.01):
    for _ in range(num_steps):
        observation = env.step(np.array([0.0, dy], np.float32))[0]["state"]
    return observation


def push(env, disturbance=None):
    """Returns where the red cube lies a while after a fixed push from behind, m."""
    start(env, disturbance, objects=[[0.525, -0.15, 0.0], [0.65, 0.0, 0.0]])
    return forward(env, 12, 0.015)[5], forward(env, 20, 0.0)[5]


@pytest.mark.parametrize("delay", [1, 4])
def test_the_set_point_follows_an_action_as_many_steps_late_as_the_shift_says(env, delay):
    began = start(env, {"action_delay": delay})[1]
    assert forward(env, delay)[1] == began
    assert forward(env, 1)[1] == pytest.approx(began + 0.01)


def test_an_episode_begins_with_the_set_point_where_the_tool_is(env):
    state = start(env)
    assert (state[:2] == state[2:4]).all()
    assert state[:2] == pytest.approx((0.524928, -0.279737), abs=1e-6)


def test_a_heavier_cube_is_pushed_differently_and_the_next_episode_is_as_ever(env):
    before = push(env)
    assert push(env, {"friction": 0.5, "mass": 2.0}) != before
    assert push(env) == before


def test_a_disturbance_does_not_outlast_an_episode_on_another_model():
    env = SORTING_2.make_env()
    raw = env.unwrapped
    plain, clutter = SORTING_2.contexts("test")[0], SORTING_2.contexts("shift/more-objects-1")[0]
    env.reset(seed=0, options={"context": plain})
    untouched = [array_digest(raw.physics.geom_friction, raw.physics.body_mass, raw.physics.body_invweight0)]
    for context in ({**plain, "disturbance": {"friction": 0.5, "mass": 2.0}}, clutter, plain):
        env.reset(seed=0, options={"context": context})
    model = raw.physics
    assert [array_digest(model.geom_friction, model.body_mass, model.body_invweight0)] == untouched
    env.close()


def test_slippery_cubes_slide_on_when_the_rod_stops(env):
    stopped, rest = push(env, {"friction": 0.1})
    usual_stopped, usual_rest = push(env)
    assert rest - stopped > usual_rest - usual_stopped + 1e-4


@pytest.mark.parametrize("kind", KINDS)
def test_graded_disturbances_start_like_the_test_contexts(kind):
    for severity in SEVERITIES:
        contexts = PUSHING.contexts(f"shift/{kind}-{severity}")
        for shifted, test in zip(contexts, PUSHING.contexts("test"), strict=False):
            assert shifted["objects"] == test["objects"]


@pytest.mark.parametrize("severity", SEVERITIES)
def test_shifted_starts_leave_the_training_range_by_no_more_than_stated(severity):
    for context in PUSHING.contexts(f"shift/context-range-{severity}"):
        for (x, y, _), box in zip(context["objects"], CUBES.values(), strict=True):
            beyond = max(box.x[0] - x, x - box.x[1], box.y[0] - y, y - box.y[1])
            assert 0.015 * (severity - 1) - 1e-4 <= beyond <= 0.015 * severity + 1e-4


def test_splits_share_no_start():
    names = [n for n in PUSHING.split_names if n in ("train", "test", "validation") or "range" in n]
    starts = [json.dumps(context["objects"]) for name in names for context in PUSHING.contexts(name)]
    assert len(set(starts)) == len(starts)


def test_a_direction_is_that_of_the_x_axis_seen_from_above():
    for yaw in np.linspace(-3, 3, 7):
        pose = Pose(0, 0, 0, np.cos(yaw / 2), 0, 0, np.sin(yaw / 2))
        assert pose.heading == pytest.approx((np.sin(yaw), np.cos(yaw)))


def test_a_runaway_set_point_stays_finite(env):
    start(env)
    for action in [(3e38, -3e38), (-3e38, 3e38)]:
        state = env.step(np.array(action, np.float32))[0]["state"]
    assert np.isfinite(state).all()
    assert np.isfinite(env.state()).all()


def test_images_show_the_state_and_repeat_bit_for_bit():
    pytest.importorskip("robosuite")
    env = image_variant(PUSHING, count=1).make_env()
    digests = []
    for _ in range(2):
        first = env.reset(seed=0, options={"context": CONTEXT})[0]
        for _ in range(12):
            last = env.step(np.array([0.0, 0.015], np.float32))[0]
        assert (last["fixed"] != first["fixed"]).any()
        digests.append(array_digest(first["fixed"], first["wrist"], last["fixed"], last["wrist"]))
    assert digests[0] == digests[1]
    env.close()
