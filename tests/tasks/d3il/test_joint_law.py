"""Stacking's control law: as D3IL's, written out; what it feels like; and how near fewer steps come to it."""

import numpy as np
import pytest

from ilbench.demonstrations.rollout import rollout
from ilbench.tasks.d3il.layout import Timing
from ilbench.tasks.d3il.stacking_tasks import STACKING_1, STACKING_3

pytest.importorskip("mujoco")
import mujoco

from ilbench.tasks.d3il.arm import ArmEnv

EXACT = Timing(steps=30)
"""D3IL's own: 1 ms each."""

OPEN, CLOSE = 0.09, 0.06
CONTEXT = STACKING_1.contexts("validation")[0]
STIFFNESS = np.array([120, 120, 120, 120, 50, 30, 10])
DAMPING = np.array([10, 10, 10, 10, 6, 5, 3])
LIMITS = np.array([87, 87, 87, 87, 12, 12, 12])


def play_law(data, model, joints, opens):
    """A control step of D3IL's law, written out: 30 steps of 1 ms under a set-point that is held."""
    for _ in range(30):
        spring = STIFFNESS * (joints - data.qpos[:7])
        torques = spring - DAMPING * data.qvel[:7] + data.qfrc_bias[:7]
        fingers, speeds = data.qpos[7:9], data.qvel[7:9]
        alike = 500 * (fingers.mean() - fingers)
        if not opens and fingers.mean() > 0.005:
            moving = np.array([-20.0, -20.0])
        else:
            moving = np.clip(500 * ((0.04 if opens else 0.0) - fingers) - 10 * speeds, -5, 5)
        data.ctrl[:7], data.ctrl[7:9] = np.clip(torques, -LIMITS, LIMITS), alike + moving
        mujoco.mj_step(model, data)


@pytest.fixture(scope="module")
def exact():
    return ArmEnv(STACKING_3.env_options["rules"], timing=EXACT)


@pytest.fixture(scope="module")
def episodes(exact):
    """Two stacks of three at D3IL's steps: the expert's actions, the tool's path, where objects end, info."""
    found = []
    for index in (0, 3):
        env, expert = exact, STACKING_3.make_expert()
        observation, info = env.reset(seed=index, options={"context": STACKING_3.contexts("train")[index]})
        expert.reset(env, index, index)
        actions, tools = [], []
        while not info["success"]:
            actions.append(expert.act(observation))
            observation, *_, info = env.step(actions[-1])
            tools.append(env.situation.tool)
        found.append((actions, np.array(tools), positions(env), info))
    return found


def positions(env):
    return np.array([pose[:3] for pose in env.situation.objects])


def test_at_1_ms_a_grasp_and_a_lift_go_as_the_law_written_out(exact, episodes):
    actions = episodes[0][0][:90]
    exact.reset(seed=0, options={"context": STACKING_3.contexts("train")[0]})
    model, data = exact._model, mujoco.MjData(exact._model)
    mujoco.mj_setState(model, data, exact.state()[:-8], mujoco.mjtState.mjSTATE_INTEGRATION)
    mujoco.mj_forward(model, data)
    joints = np.array(exact.set_point[:7])
    for action in actions:
        exact.step(action)
        joints = joints + action[:7].astype(float)
        play_law(data, model, joints, action[7] > 0.075)
    assert any(exact.situation.held)
    assert np.abs(data.qpos - exact._data.qpos).max() < 1e-6


def test_ten_steps_bring_tool_and_objects_where_thirty_do(episodes):
    env = ArmEnv(STACKING_3.env_options["rules"])
    off = []
    for index, (actions, tools, ends, info) in zip((0, 3), episodes, strict=True):
        env.reset(seed=index, options={"context": STACKING_3.contexts("train")[index]})
        path = []
        for action in [*actions, *[actions[-1] * np.array([0] * 7 + [1], np.float32)] * 5]:
            *_, found = env.step(action)
            path.append(env.situation.tool)
        off.append(np.linalg.norm(np.array(path)[: len(tools)] - tools, axis=1))
        assert found == info
        assert np.abs(positions(env) - ends).max() < 2e-3
    assert np.percentile(np.concatenate(off), 95) < 6e-4
    assert np.concatenate(off).max() < 3e-3


def reached(env, joint, jump, times):
    """The share of a jump of a joint's set-point that its angle has gone after every control step."""
    env.reset(seed=0, options={"context": CONTEXT})
    action = np.array([0.0] * 7 + [OPEN], np.float32)
    begin, shares = env.set_point[joint], []
    for step in range(times):
        action[joint] = jump if step == 0 else 0.0
        state = env.step(action)[0]["state"]
        shares.append((state[8 + joint] - begin) / jump)
    return np.array(shares)


@pytest.mark.parametrize(
    ("joint", "peak", "at"), [(0, 1.185, 15), (1, 1.26, 15), (3, 1.11, 15), (6, 0.99, 39)]
)
def test_the_arm_overshoots_a_set_point_that_jumps(joint, peak, at):
    shares = reached(ArmEnv(STACKING_3.env_options["rules"]), joint, 0.05, 40)
    assert shares.max() == pytest.approx(peak, abs=0.01)
    assert abs(int(shares.argmax()) - at) <= 1


@pytest.mark.parametrize("joint", [0, 1, 5])
def test_ten_steps_swing_like_thirty(exact, joint):
    coarse, fine = (reached(env, joint, 0.05, 30) for env in (ArmEnv(STACKING_3.env_options["rules"]), exact))
    assert np.abs(coarse - fine).max() < 0.01


def test_the_fingers_open_within_a_tenth_of_a_second_and_snap_shut():
    env = ArmEnv(STACKING_3.env_options["rules"])
    env.reset(seed=0, options={"context": CONTEXT})
    opening = [env.step(np.array([0.0] * 7 + [OPEN], np.float32))[0]["state"][15] for _ in range(8)]
    closing = [env.step(np.array([0.0] * 7 + [CLOSE], np.float32))[0]["state"][15] for _ in range(8)]
    assert opening[0] < 0.04 < 0.065 < opening[2]
    assert closing[0] < 0.04
    assert (opening[-1], closing[-1]) == (pytest.approx(0.08, abs=1e-3), pytest.approx(0.0, abs=1.5e-3))


def test_wild_commands_break_nothing():
    env = ArmEnv(STACKING_3.env_options["rules"])
    env.reset(seed=0, options={"context": CONTEXT})
    rng = np.random.default_rng(0)
    for _ in range(200):
        action = rng.uniform(-1.0, 1.0, 8).astype(np.float32)
        action[7] = rng.choice([OPEN, CLOSE])
        assert np.isfinite(env.step(action)[0]["state"]).all()
    assert not any(warning.number for warning in env._data.warning)


def test_what_is_carried_stays_between_the_pads():
    trajectory = rollout(STACKING_1, STACKING_1.make_env(), STACKING_1.make_expert(), 0, 0, mode=0)
    state = trajectory.observations["state"]
    carried = state[(state[:, 7] < 0.075) & (state[:, 18] > 0.05)]
    assert len(carried) > 20
    assert carried[:, 15] == pytest.approx(0.0585, abs=0.0005)
