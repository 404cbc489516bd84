"""The arm under D3IL's control law: its step response, what bounds it, and people's recordings."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("mujoco")
pytest.importorskip("numba")
from ilbench.tasks.d3il.layout import COARSE, EXACT
from ilbench.tasks.d3il.rod import RodEnv

RULES = "ilbench.tasks.d3il.pushing:Pushing"
FAR = {"objects": [[0.9, -0.6, 0.0], [0.9, 0.6, 0.0]]}


def begin(timing):
    env = RodEnv(rules=RULES, timing=timing)
    env.reset(seed=0, options={"context": FAR})
    for _ in range(60):  # from the start posture the null space swings away first
        env.step(np.zeros(2))
    return env


def response(axis, timing, num_steps=40):
    """Returns how far the tool is along an axis, m, after each control step that follows a jump of 10 mm."""
    env = begin(timing)
    before = env.situation.tool[axis]
    jump = np.zeros(2)
    jump[axis] = 0.01
    way = []
    for action in [jump] + [np.zeros(2)] * (num_steps - 1):
        env.step(action)
        way.append(env.situation.tool[axis] - before)
    return np.array(way)


def test_along_y_the_tool_overshoots_by_a_third_and_swings_with_a_period_below_a_second():
    way = response(1, EXACT)
    assert way.max() == pytest.approx(0.0138, abs=0.0003)
    assert int(way.argmax()) + 1 == pytest.approx(13, abs=1)


def test_along_x_it_hardly_overshoots():
    way = response(0, EXACT)
    assert way.max() == pytest.approx(0.0110, abs=0.0003)
    assert int(way.argmax()) + 1 == pytest.approx(5, abs=1)


@pytest.mark.parametrize("axis", [0, 1])
def test_coarse_steps_lead_where_the_originals_do(axis):
    assert np.abs(response(axis, COARSE) - response(axis, EXACT)).max() < 0.0005


@pytest.mark.parametrize("timing", [COARSE, EXACT])
def test_whatever_is_commanded_the_arm_stays_finite_and_within_its_joints(timing):
    env = begin(timing)
    rng = np.random.default_rng(0)
    for _ in range(150):
        env.step(rng.normal(0.0, 1.0, 2))
        low, high = env.physics.jnt_range[:7].T
        joints = env._data.qpos[:7]
        assert ((joints > low - 0.3) & (joints < high + 0.3)).all()
        assert np.abs(env._data.qvel[:7]).max() < 15.0
