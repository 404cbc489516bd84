"""The Gymnasium-Robotics suites: their episodes are the originals', from starts that are values."""

import numpy as np
import pytest

from ilbench.tasks.manipulation.gymnasium_robotics import adroit

if adroit.DOOR.missing_package():
    pytest.skip("needs ilbench[manipulation]", allow_module_level=True)

import mujoco

every_hand = pytest.mark.parametrize("task", adroit.TASKS, ids=[task.id for task in adroit.TASKS])


def actions(env, count, seed=0):
    """Actions that last five steps: they move a hand further than white noise."""
    few = np.random.default_rng(seed).uniform(-1, 1, (-(-count // 5), *env.action_space.shape))
    return np.repeat(few.astype(np.float32), 5, axis=0)[:count]


def original_hand(env):
    """The original after a reset with a seed of its own, and our context of that start."""
    their_env = type(env.sim_env)(reward_type="dense")
    observation, _ = their_env.reset(seed=3)
    model = their_env.model
    context = {
        "DoorEnv": lambda: {"door_pos_m": model.body_pos[their_env.door_body_id].tolist()},
        "HammerEnv": lambda: {"board_height_m": float(model.body_pos[their_env.target_body_id, 2])},
        "PenEnv": lambda: {"wanted_euler_rad": np.random.default_rng(3).uniform(-1, 1, 2).tolist()},
        "RelocateEnv": lambda: {
            "ball_xy_m": model.body_pos[their_env.obj_body_id, :2].tolist(),
            "target_m": model.site_pos[their_env.target_obj_site_id].tolist(),
        },
    }[type(env).__name__]()
    return their_env, observation, context


@every_hand
def test_an_adroit_episode_is_the_originals_to_the_last_bit(task):
    env = task.make_env()
    original, theirs, context = original_hand(env)
    env.reset(options={"context": task.contexts("train")[0]})
    env.step(actions(env, 1)[0])  # a used environment
    ours, _ = env.reset(options={"context": context})
    for action in actions(env, 60):
        np.testing.assert_array_equal(ours["state"], theirs.astype(np.float32))
        theirs, _, _, _, their_info = original.step(action)
        ours, _, _, _, info = env.step(action)
        assert info["success"] == bool(their_info["success"])
    np.testing.assert_array_equal(env.data.qpos, original.data.qpos)


@every_hand
def test_the_adroit_reward_is_the_originals_with_the_sign_of_d4rl(task):
    env = task.make_env()
    original, _, context = original_hand(env)
    env.reset(options={"context": context})
    for action in actions(env, 60):
        _, reward, *_ = env.step(action)
        _, theirs, *_ = original.step(action)
        assert reward == pytest.approx(float(theirs) - 0.2 * way_to_the_object(env))


def way_to_the_object(env):
    """The distance that the original rewards and D4RL punishes, a tenth of it."""
    sim, data = env.sim_env, env.data
    if type(env).__name__ == "PenEnv":
        return 0.0
    if type(env).__name__ == "DoorEnv":
        return np.linalg.norm(data.site_xpos[sim.grasp_site_id] - data.site_xpos[sim.handle_site_id])
    return np.linalg.norm(data.site_xpos[sim.S_grasp_site_id] - data.xpos[sim.obj_body_id])


def test_the_adroit_successes_are_the_ones_declared():
    env, context = adroit.DOOR.make_env(), adroit.DOOR.contexts("test")[0]
    for hinge, opened in ((1.34, False), (1.36, True)):
        _, info = env.reset(options={"context": {**context, "qpos": [*[0.0] * 28, hinge, 0.0]}})
        assert info["success"] is opened
    env, context = adroit.RELOCATE.make_env(), adroit.RELOCATE.contexts("test")[0]
    (x, y), target = context["ball_xy_m"], context["target_m"]
    carried = [target[0] - x, target[1] - y, target[2] - 0.035]
    for aside, there in ((0.11, False), (0.09, True)):
        qpos = [*[0.0] * 30, carried[0] + aside, *carried[1:], 0.0, 0.0, 0.0]
        _, info = env.reset(options={"context": {**context, "qpos": qpos}})
        assert info["success"] is there


def test_a_pen_never_starts_where_it_is_wanted():
    env = adroit.PEN.make_env()
    starts = [context for split in adroit.PEN.split_names for context in adroit.PEN.contexts(split)]
    assert not any(env.reset(options={"context": context})[1]["success"] for context in starts)
    assert env.reset(options={"context": {"wanted_euler_rad": [0.0, 1.5]}})[1]["success"]


@every_hand
def test_the_components_of_a_hand_are_named_after_its_joints_in_the_models_order(task):
    env = task.make_env()
    joints = [env.model.joint(number).name for number in range(env.model.njnt)]
    acted = [env.model.actuator(number).name.removeprefix("A_") for number in range(env.model.nu)]
    assert list(task.action.components) == acted == joints[: env.model.nu]
    named = [name.partition(" ")[0] for name in task.observation[0].components if "J" in name]
    assert named == [name for name in joints if "J" in name and "OBJ" not in name]
    assert env.model.opt.timestep * env.sim_env.frame_skip == pytest.approx(1 / task.control_hz)


@every_hand
def test_the_shift_of_an_adroit_task_lies_outside_the_range_of_train(task):
    shift = next(name for name in task.split_names if name.startswith("shift/"))
    flat = {name: np.array([_numbers(c) for c in task.contexts(name)]) for name in ("train", "test", shift)}
    low, high = flat["train"].min(0), flat["train"].max(0)
    assert np.mean(np.all((flat["test"] >= low) & (flat["test"] <= high), axis=1)) > 0.8
    assert np.all(np.any((flat[shift] < low) | (flat[shift] > high), axis=1))


def _numbers(context):
    return np.hstack([np.atleast_1d(value) for value in context.values()])


def test_the_state_of_an_adroit_environment_restores_it():
    env, task = adroit.RELOCATE.make_env(), adroit.RELOCATE
    env.reset(options={"context": task.contexts("test")[0]})
    tail = actions(env, 40)
    for action in tail[:20]:
        env.step(action)
    saved, size = env.state(), mujoco.mj_stateSize(env.model, mujoco.mjtState.mjSTATE_INTEGRATION)
    ends = []
    for _ in range(2):
        mujoco.mj_setState(env.model, env.data, saved[:size], mujoco.mjtState.mjSTATE_INTEGRATION)
        for action in tail[20:]:
            env.step(action)
        ends.append(env.state())
    np.testing.assert_array_equal(*ends)
