"""The Gymnasium-Robotics suites: their episodes are the originals', from starts that are values."""

import numpy as np
import pytest

from ilbench.tasks.manipulation.gymnasium_robotics import adroit_tasks as adroit
from ilbench.tasks.manipulation.gymnasium_robotics import fetch_tasks as fetch
from ilbench.tasks.manipulation.gymnasium_robotics import kitchen_tasks as kitchen

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


every_fetch = pytest.mark.parametrize("task", fetch.TASKS, ids=[task.id for task in fetch.TASKS])


def original_fetch(env):
    """The original after a reset with a seed of its own, and our context of that start."""
    original = type(env.sim_env)()
    theirs, _ = original.reset(seed=3)
    context = {"goal_m": original.goal.tolist()}
    if original.has_object:
        address = original.model.joint("object0:joint").qposadr[0]
        context["object_xy_m"] = original.data.qpos[address : address + 2].tolist()
    return original, theirs, context


@every_fetch
def test_a_fetch_episode_is_the_originals_to_the_last_bit(task):
    env = task.make_env()
    original, theirs, context = original_fetch(env)
    env.reset(options={"context": task.contexts("train")[0]})
    env.step(actions(env, 1)[0])  # a used environment
    ours, _ = env.reset(options={"context": context})
    for action in actions(env, 50):
        names = ("observation", "achieved_goal", "desired_goal")
        np.testing.assert_array_equal(ours["state"], np.hstack([theirs[n] for n in names]).astype(np.float32))
        theirs, their_reward, _, _, their_info = original.step(action)
        ours, reward, _, _, info = env.step(action)
        assert (reward, info["success"]) == (their_reward, bool(their_info["is_success"]))
    np.testing.assert_array_equal(env.data.qpos, original.data.qpos)


@every_fetch
def test_no_fetch_episode_starts_at_its_goal(task):
    env = task.make_env()
    for split in ("test", task.split_names[-1]):
        for context in task.contexts(split):
            assert not env.reset(options={"context": context})[1]["success"]


@pytest.mark.parametrize("task", [fetch.REACH, fetch.PUSH, fetch.PICK_AND_PLACE], ids=lambda task: task.id)
def test_the_goals_of_the_shift_are_further_to_the_side_than_any_of_train(task):
    sides = {n: np.abs([c["goal_m"][1] - 0.749 for c in task.contexts(n)]) for n in ("train", "shift/goal")}
    assert sides["train"].max() < 0.151 < sides["shift/goal"].min() + 0.002


def test_the_far_goals_of_slide_are_out_of_the_range_of_train():
    ways = {
        name: [
            np.linalg.norm(np.subtract(c["goal_m"][:2], c["object_xy_m"])) for c in fetch.SLIDE.contexts(name)
        ]
        for name in ("train", "test", "shift/far")
    }
    assert max(*ways["train"], *ways["test"]) <= 0.5501 < min(ways["shift/far"]) + 0.0002


def test_an_expert_of_fetch_decides_from_the_observation_alone():
    """But for what was drawn at the reset: the same observation gives the same action, in any order."""
    for task in (fetch.REACH, fetch.PUSH, fetch.PICK_AND_PLACE):
        env, expert = task.make_env(), task.make_expert()
        observation, _ = env.reset(options={"context": task.contexts("test")[0]})
        expert.reset(env, 1)
        seen = []
        for _ in range(20):
            seen.append((observation, expert.act(observation)))
            observation, *_ = env.step(seen[-1][1])
        for observation, action in reversed(seen):
            np.testing.assert_array_equal(expert.act(observation), action)


def test_looking_ahead_does_not_move_the_simulation():
    task = fetch.SLIDE
    env, expert = task.make_env(), task.make_expert()
    observation, _ = env.reset(options={"context": task.contexts("test")[0]})
    expert.reset(env, 0)
    for _ in range(12):
        before = env.state()
        action = expert.act(observation)
        np.testing.assert_array_equal(env.state(), before)
        observation, *_ = env.step(action)


def test_what_the_slide_expert_foresees_happens():
    from ilbench.tasks.manipulation.gymnasium_robotics.slide_expert import Foresight

    env = fetch.SLIDE.make_env()
    env.reset(options={"context": {"object_xy_m": [1.07, 0.749], "goal_m": [1.4, 0.749, 0.41354]}})
    strike, still = np.array([0.6, 0.0, 0.0, 0.0], np.float32), np.zeros(4, np.float32)
    env.step(strike)
    foreseen = Foresight(env.model, env.data).rest(strike, exact=True)
    while (state := env.step(strike)[0]["state"])[14] + state[20] < 0.002:
        pass
    for _ in range(35):
        state = env.step(still)[0]["state"]
    np.testing.assert_allclose(state[3:5], foreseen, atol=0.03)


@pytest.fixture(scope="module")
def kitchen_env():
    return kitchen.FRANKA.make_env()


def test_a_kitchen_episode_is_the_originals_to_the_last_bit(kitchen_env):
    from gymnasium_robotics.envs.franka_kitchen.kitchen_env import KitchenEnv

    original = KitchenEnv(tasks_to_complete=list(kitchen.SUBTASKS))
    kitchen_env.reset(options={"context": kitchen.FRANKA.contexts("shift/arm")[0]})
    kitchen_env.step(actions(kitchen_env, 1)[0])  # a used environment, which stood elsewhere
    theirs, _ = original.reset(seed=3)
    ours, _ = kitchen_env.reset(options={"context": {"seed": 3}})
    for action in actions(kitchen_env, 40):
        np.testing.assert_array_equal(ours["state"], theirs["observation"].astype(np.float32))
        theirs, their_reward, *_ = original.step(action)
        ours, reward, *_ = kitchen_env.step(action)
        assert reward == their_reward
    np.testing.assert_array_equal(kitchen_env.data.qpos, original.data.qpos)


def put_in_place(env, name):
    from gymnasium_robotics.envs.franka_kitchen.kitchen_env import OBS_ELEMENT_GOALS, OBS_ELEMENT_INDICES

    env.data.qpos[OBS_ELEMENT_INDICES[name]] = OBS_ELEMENT_GOALS[name]
    mujoco.mj_forward(env.model, env.data)


@pytest.mark.parametrize("mode", [0, 9, 23])
def test_each_sub_task_of_the_kitchen_counts_once_and_their_order_is_the_mode(kitchen_env, mode):
    env, still = kitchen_env, np.zeros(9, np.float32)
    env.reset(options={"context": {"seed": 1}})
    rewards = []
    for name in kitchen.ORDERS[mode]:
        put_in_place(env, name)
        for _ in range(2):
            _, reward, terminated, _, info = env.step(still)
            rewards.append(reward)
            assert info["mode"] == (mode if info["success"] else None)
            if info["success"]:
                break
    assert (rewards, terminated) == ([1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0], True)


def test_the_kitchen_has_a_mode_for_each_order_of_its_sub_tasks():
    assert len(kitchen.MODES) == len(set(kitchen.MODES)) == 24
    assert kitchen.MODES[0] == "microwave, kettle, light switch, slide cabinet"


def test_the_shifts_of_the_kitchen_move_what_they_say(kitchen_env):
    def start(context):
        kitchen_env.reset(options={"context": context})
        return kitchen_env.data.qpos.copy()

    usual = start(kitchen.FRANKA.contexts("test")[0])
    np.testing.assert_array_equal(start(kitchen.FRANKA.contexts("train")[5]), usual)
    moved = {name: start(kitchen.FRANKA.contexts(f"shift/{name}")[0]) - usual for name in ("arm", "kettle")}
    assert np.flatnonzero(moved["arm"]).tolist() == list(range(7))
    assert np.flatnonzero(moved["kettle"]).tolist() == [23, 24]
    assert 0.03 <= np.linalg.norm(moved["kettle"]) <= 0.06


def test_the_components_of_the_kitchen_are_the_models_joints_in_order(kitchen_env):
    ours, _ = kitchen_env.reset(options={"context": {"seed": 5}})
    names, model = kitchen.STATE.components, kitchen_env.model
    for part, joint in (("microwave", "microwave"), ("light switch", "light_switch"), ("kettle x", "kettle")):
        index = next(i for i, name in enumerate(names) if name.startswith(part))
        position = kitchen_env.data.qpos[model.joint(joint).qposadr[0]]
        assert ours["state"][index] == pytest.approx(position, abs=2e-3)
