from __future__ import annotations

import numpy as np
import pytest

from ilbench.demonstrations.rollout import rollout
from ilbench.tasks.manipulation.robosuite.tabletop_tasks import CAN, DOOR, SQUARE, STACK

if STACK.missing_package():
    pytest.skip("needs ilbench[manipulation]", allow_module_level=True)

from ilbench.tasks.manipulation.robosuite.experts import half_turn, heading, rotation, yaw

TASKS = pytest.mark.parametrize("task", [STACK, CAN, SQUARE, DOOR], ids=lambda task: task.id)
LONGEST = {STACK.id: 120, CAN.id: 150, SQUARE.id: 200, DOOR.id: 130}


@pytest.fixture(scope="module")
def envs():
    return {task.id: task.make_env() for task in (STACK, CAN, SQUARE, DOOR)}


@pytest.fixture(scope="module")
def runs(envs):
    """Three episodes of each expert on held-out starts, without noise."""
    return {
        task.id: [rollout(task, envs[task.id], task.make_expert(), i, i, split="test") for i in range(3)]
        for task in (STACK, CAN, SQUARE, DOOR)
    }


def part(env, run, name):
    """Returns one observable at every step of a run."""
    return run.observations["state"][:, env.slices[name]].astype(float)


def play(task, env, start, disturb=None, at=0):
    """Returns success and last observation of the expert from a start, with a disturbance at a step."""
    expert = task.make_expert()
    observation, info = env.reset(options={"context": start})
    expert.reset(env, 0)
    for step in range(task.horizon):
        if disturb and step == at:
            observation = disturb(env, observation)
        observation, _, _, _, info = env.step(expert.act(observation))
        if info["success"]:
            break
    return info["success"], observation


def push_aside(name, way):
    """Returns a disturbance that moves an object by (x, y) m, with what the hand then sees."""

    def disturb(env, observation):
        address = env._model.joint(env._objects[name].joints[0]).qposadr[0]
        env._data.qpos[address : address + 2] += way
        env.sim_env.sim.forward()
        return env.step(np.zeros(7, np.float32))[0]

    return disturb


def shake(env, observation):
    """A disturbance: eight random actions, with the gripper too."""
    for action in np.random.default_rng(2).uniform(-1, 1, (8, 7)).astype(np.float32):
        observation = env.step(action)[0]
    return observation


@TASKS
def test_the_expert_succeeds_on_held_out_starts(task, runs):
    assert all(run.success for run in runs[task.id])
    assert max(len(run.actions) for run in runs[task.id]) <= LONGEST[task.id]


@TASKS
def test_the_expert_succeeds_with_the_noise_of_its_demonstrations(task, envs):
    noise = task.demonstrations.noise
    noisy = [rollout(task, envs[task.id], task.make_expert(), i, i, noise=noise) for i in range(3)]
    assert noise >= 0.1
    assert all(run.success for run in noisy)


@TASKS
def test_an_action_depends_on_the_observation_and_on_nothing_before_it(task, envs, runs):
    run, expert = runs[task.id][0], task.make_expert()
    expert.reset(envs[task.id], 5)
    states = run.observations["state"]
    forward = [expert.act({"state": state}) for state in states]
    backward = [expert.act({"state": state}) for state in states[::-1]]
    np.testing.assert_array_equal(forward, backward[::-1])


@TASKS
def test_the_seed_of_an_episode_varies_how_it_is_solved(task, envs):
    env, start = envs[task.id], {"context": task.contexts("train")[0]}
    observation, _ = env.reset(options=start)
    actions = []
    for seed in (0, 1):
        expert = task.make_expert()
        expert.reset(env, seed)
        actions.append(expert.act(observation))
    assert not np.array_equal(*actions)


@pytest.mark.parametrize(
    ("task", "disturb", "at"),
    [
        (STACK, push_aside("cubeA", (0.0, -0.05)), 15),
        (STACK, shake, 40),
        (CAN, push_aside("Can", (0.04, 0.02)), 15),
        (CAN, shake, 45),
        (SQUARE, push_aside("SquareNut", (0.02, 0.03)), 20),
        (SQUARE, shake, 50),
        (DOOR, shake, 50),
    ],
)
def test_the_expert_recovers_from_a_disturbance(task, disturb, at, envs):
    success, _ = play(task, envs[task.id], task.contexts("train")[1], disturb, at)
    assert success


@pytest.mark.parametrize("angle", [0.0, 1.0, 2.0])
def test_the_small_cube_is_taken_beside_the_large_one_without_moving_that(angle, envs):
    env, beside = envs[STACK.id], [0.066 * np.cos(angle), 0.066 * np.sin(angle)]
    success, observation = play(
        STACK, env, {"seed": 3, "object_xy_m": {"cubeA": [0.0, 0.0], "cubeB": beside}}
    )
    large = observation["state"][env.slices["cubeB_pos"]]
    assert success
    assert np.hypot(*(large[:2] - beside)) < 0.01


def test_the_can_is_carried_above_the_walls_and_let_go_in_its_quarter(envs, runs):
    for run in runs[CAN.id]:
        can = part(envs[CAN.id], run, "Can_pos")
        crossing = (can[:, 1] > -0.03) & (can[:, 1] < 0.28)
        assert crossing.any()
        assert can[crossing, 2].min() > 0.94
        assert np.all(np.abs(can[-1, :2] - (0.1975, 0.4025)) < (0.0975, 0.1225))


def test_the_nut_is_carried_by_its_handle_with_the_fingers_across(envs, runs):
    for run in runs[SQUARE.id]:
        nut = part(envs[SQUARE.id], run, "SquareNut_pos")
        eef = part(envs[SQUARE.id], run, "robot0_eef_pos")
        for step in np.flatnonzero(nut[:, 2] > 0.95):
            axes = rotation(part(envs[SQUARE.id], run, "SquareNut_quat")[step])
            hand = rotation(part(envs[SQUARE.id], run, "robot0_eef_quat")[step])
            along, across, _ = axes.T @ (eef[step] - nut[step])
            assert along == pytest.approx(0.06, abs=0.012)
            assert abs(across) < 0.01
            assert abs(half_turn(yaw(axes) - heading(hand))) < 0.2


def test_a_nut_on_its_peg_does_not_point_away_from_the_robot(envs, runs):
    for run in runs[SQUARE.id]:
        axes = rotation(part(envs[SQUARE.id], run, "SquareNut_quat")[-1])
        assert axes[0, 0] < 0.2


def test_the_door_opens_only_after_its_lever_is_down(envs, runs):
    for run in runs[DOOR.id]:
        lever, hinge = (part(envs[DOOR.id], run, name)[:, 0] for name in ("handle_qpos", "hinge_qpos"))
        opening = np.flatnonzero(hinge > 0.05)[0]
        assert lever[opening] > 1.0
        assert hinge[opening - 8 :].max() > 0.3
