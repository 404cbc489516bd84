"""What is commanded keeps the underdamped arm on its path."""

import numpy as np
import pytest

from ilbench.tasks.d3il.stacking_tasks import STACKING_1

pytest.importorskip("mujoco")
from ilbench.tasks.d3il.arm import ArmEnv
from ilbench.tasks.d3il.arm_path import ArmPath
from ilbench.tasks.d3il.layout import HOME

STEPS = 50
GOAL = np.array([0.42, -0.15, 0.15, 0.5])


@pytest.fixture
def env():
    made = ArmEnv(STACKING_1.env_options["rules"])
    made.reset(seed=0, options={"context": STACKING_1.contexts("validation")[0]})
    return made


def smooth(share):
    return share**3 * (10 - 15 * share + 6 * share**2)


def follow(env, ahead):
    """Moves along a line, in the commanded joints or ahead of them; returns path and tool, m, each (N, 3)."""
    path = ArmPath(env.set_point[:7], env.control_period_s)
    start, poses, tools = np.array(path.pose), [], []
    for step in range(STEPS + 20):
        before = np.array(path.pose)
        pose = start + smooth(min((step + 1) / STEPS, 1.0)) * (GOAL - start)
        command = path.go(tuple(pose), env.inertia)
        joints = command if ahead else path._joints
        env.step(np.array([*(joints - env.set_point[:7]), 0.09], np.float32))
        assert np.abs(np.array(path.pose) - before).max() < 0.03
        poses.append(pose[:3])
        tools.append(env.situation.tool)
    return np.array(poses), np.array(tools)


def test_the_tool_stays_on_the_path(env):
    poses, tools = follow(env, ahead=True)
    assert np.linalg.norm(tools - poses, axis=1).max() < 4e-3
    assert np.linalg.norm(tools[-1] - GOAL[:3]) < 1.5e-3
    assert env.tool_yaw == pytest.approx(GOAL[3], abs=5e-3)


def test_a_set_point_on_the_path_would_be_trailed_by_centimeters(env):
    poses, tools = follow(env, ahead=False)
    assert np.linalg.norm(tools - poses, axis=1).max() > 1.5e-2


def test_a_path_begins_where_the_arm_stands():
    assert ArmPath(HOME, 0.03).pose == pytest.approx((0.524978, 0.0, 0.301514, 0.0), abs=1e-6)


def test_a_hand_that_rests_commands_where_it_rests(env):
    path = ArmPath(HOME, 0.03)
    for _ in range(60):
        command = path.go((0.525, 0.0, 0.3, 0.0), env.inertia)
    again = path.go((0.525, 0.0, 0.3, 0.0), env.inertia)
    assert again == pytest.approx(command, abs=1e-9)
    assert path.pose == pytest.approx((0.525, 0.0, 0.3, 0.0), abs=1e-9)
