from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from ilbench.demonstrations.rollout import rollout
from ilbench.tasks.manipulation.robosuite.declaring import ARM_KEYS, components
from ilbench.tasks.manipulation.robosuite.tasks import LIFT, LIFT_IMAGE, LIFT_KEYS, STATE_TASKS

if LIFT.missing_package():
    pytest.skip("needs ilbench[manipulation]", allow_module_level=True)

from ilbench.tasks.manipulation.robosuite.torques import direct_torques, robosuites_torques

BY_ID = {task.id: task for task in STATE_TASKS}
NINE = pytest.mark.parametrize("task", BY_ID.values(), ids=list(BY_ID))
CAN = BY_ID["robosuite/can-v2"]
WIPE = BY_ID["robosuite/wipe-v1"]
OF_MATRICES = tuple(f"{thing}_quat" for thing in ("base", "frame", "tool", "payload", "trash", "lid_handle"))
"""Quaternions that robosuite computes in single precision, by an eigenvector."""
OFF_BY = 1e-6
BUILT: dict[tuple[str, str], object] = {}


def env_of(task, torques="direct"):
    """Returns the robosuite environment of a task, built once for all tests."""
    if (task.id, torques) not in BUILT:
        options = {**task.env_options, "torques": torques}
        BUILT[task.id, torques] = replace(task, env_options=options).make_env().unwrapped
    return BUILT[task.id, torques]


def random_actions(task, count):
    """Returns actions of half their range, so that an arm stays about its place."""
    return np.random.default_rng(7).uniform(-0.5, 0.5, (count, *task.action.shape)).astype(np.float32)


def start_of(task, index):
    return {"context": task.contexts("test")[index]}


def assert_steps_like_robosuite(task, actions, index):
    """Plays the actions from a test context twice, by our step and by robosuite's."""
    env = env_of(task, "robosuite")
    env.reset(options=start_of(task, index))
    ours = [(*env.step(action)[:3], env.state()) for action in actions]
    env.reset(options=start_of(task, index))
    for action, (observation, reward, terminated, state) in zip(actions, ours, strict=True):
        named, stock_reward, stock_done, _ = env.sim_env.step(action)
        np.testing.assert_array_equal(env.state(), state)
        assert (stock_reward, stock_done) == (reward, terminated)
        for key, where in env.slices.items():
            if key in named and "_to_robot0" not in key:
                off = OFF_BY if key in OF_MATRICES else 0.0
                np.testing.assert_allclose(
                    np.float32(named[key]).ravel(), observation["state"][where], atol=off, rtol=off
                )


@NINE
def test_with_robosuites_torques_every_task_steps_as_robosuite_does_bit_for_bit(task):
    assert_steps_like_robosuite(task, random_actions(task, 40), index=0)


@pytest.mark.slow
@NINE
def test_a_thousand_steps_are_robosuites_bit_for_bit(task):
    for index, actions in enumerate(np.split(random_actions(task, 1000), 4)):
        assert_steps_like_robosuite(task, actions, index)


@pytest.mark.parametrize("task", [LIFT], ids=["lift"])
def test_an_experts_episode_is_robosuites_bit_for_bit(task):
    run = rollout(task, env_of(task, "robosuite"), task.make_expert(), 5, 0, split="test")
    assert run.success
    assert_steps_like_robosuite(task, run.actions, index=5)


@NINE
def test_direct_torques_move_a_task_as_robosuites_do(task):
    direct, exact = env_of(task), env_of(task, "robosuite")
    for env in (direct, exact):
        env.reset(options=start_of(task, 1))
    for action in random_actions(task, 5):
        direct.step(action)
        exact.step(action)
        np.testing.assert_allclose(direct.sim_env.sim.data.qpos, exact.sim_env.sim.data.qpos, atol=1e-9)


def test_direct_torques_change_no_outcome_of_lifts_expert():
    for index in range(8):
        runs = [
            rollout(LIFT, env_of(LIFT, torques), LIFT.make_expert(), index, index, split="test")
            for torques in ("direct", "robosuite")
        ]
        assert runs[0].success == runs[1].success
        assert len(runs[0].actions) == len(runs[1].actions)


def drawn_arm(rng):
    """Returns arguments of the torque functions: a random arm."""
    half = rng.normal(size=(7, 7))
    mass = np.asfortranarray(half @ half.T + np.eye(7))
    return (mass, rng.normal(size=(6, 7)), *(rng.normal(size=size) for size in (3, 3, 7, 7, 7, 7)))


def test_direct_torques_are_robosuites_up_to_rounding():
    rng = np.random.default_rng(0)
    for _ in range(100):
        arm = drawn_arm(rng)
        regular, torques = direct_torques(*arm)
        assert regular
        np.testing.assert_allclose(torques, robosuites_torques(*arm), rtol=1e-8, atol=1e-8)


def test_an_arm_that_cannot_move_its_hand_is_left_to_robosuites_torques():
    mass, jacobian, *others = drawn_arm(np.random.default_rng(0))
    jacobian[2] = 0.0
    regular, _ = direct_torques(mass, jacobian, *others)
    assert not regular
    assert np.isfinite(robosuites_torques(mass, jacobian, *others)).all()


@NINE
def test_the_state_is_made_of_the_declared_observables_in_order(task):
    env = env_of(task)
    observation, info = env.reset(options=start_of(task, 0))
    named = env.observables()
    assert list(named) == task.env_options["keys"]
    np.testing.assert_array_equal(
        observation["state"], np.concatenate(list(named.values()), dtype=np.float32)
    )
    expected = tuple(c for key in named for c in components(key))
    assert task.observation[0].components == expected
    assert len(expected) == env.observation_space["state"].shape[0]
    assert env.action_space.shape == task.action.shape
    assert info == {"success": False, "mode": None}


@NINE
def test_no_seed_is_in_two_splits_on_file(task):
    owned = {
        split.name: {c["seed"] for c in task.contexts(split.name)}
        for split in task.splits
        if split.of is None
    }
    shifts = [seeds for name, seeds in owned.items() if name.startswith("shift/")]
    assert all(seeds == shifts[0] for seeds in shifts)
    apart = [owned["train"], owned["test"], *shifts[:1]]
    assert len(set.union(*apart)) == sum(map(len, apart))


def test_an_objects_pose_in_the_hands_frame_is_of_the_same_moment():
    env = env_of(CAN)
    env.reset(options=start_of(CAN, 2))
    for action in random_actions(CAN, 3):
        env.step(action)
        named = env.observables()
        hand, can = named["robot0_eef_pos"], named["Can_pos"]
        assert np.linalg.norm(named["Can_to_robot0_eef_pos"]) == pytest.approx(
            np.linalg.norm(can - hand), 1e-5
        )


def test_wipe_ends_where_robosuites_does_when_the_arm_hits_the_table():
    env = env_of(WIPE)
    env.reset(options=start_of(WIPE, 0))
    down = np.array([0.0, 0.0, -1.0, 0.0, 1.0, 0.0], np.float32)
    assert any(env.step(down)[2] for _ in range(WIPE.horizon))
    assert env.sim_env._check_terminated()


def test_the_nearest_marker_left_is_seen_and_a_wiped_one_is_not():
    env = env_of(WIPE)
    env.reset(options=start_of(WIPE, 0))
    markers = env.sim_env.model.mujoco_arena.markers
    places = [
        env.sim_env.sim.data.body_xpos[env.sim_env.sim.model.body_name2id(m.root_body)] for m in markers
    ]
    named = env.observables()
    offsets = np.array(places) - named["robot0_eef_pos"]
    order = np.argsort(np.linalg.norm(offsets, axis=1))
    np.testing.assert_array_equal(named["gripper_to_nearest_marker"], offsets[order[0]])
    env.sim_env.wiped_markers.append(markers[order[0]])
    np.testing.assert_array_equal(env.observables()["gripper_to_nearest_marker"], offsets[order[1]])


def test_lifts_state_is_robomimics_low_dimensional_track():
    assert (*ARM_KEYS, "cube_pos", "cube_quat", "gripper_to_cube_pos") == LIFT_KEYS
    assert LIFT.env_options["keys"] == list(LIFT_KEYS)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["stack-v1", "can-v2", "square-v2", "door-v1", "tool-hang-v2", "two-arm-lift-v1"]
)
def test_a_soft_start_is_the_hard_one(name):
    task = BY_ID[f"robosuite/{name}"]
    env = task.make_env().unwrapped
    env.reset(options=start_of(task, 3))
    soft = env.sim_env.sim.data.qpos.copy()
    env.sim_env.hard_reset = True
    start = np.random.default_rng(start_of(task, 3)["context"]["seed"])
    env.sim_env.rng.bit_generator.state = start.bit_generator.state
    env.sim_env.reset()
    np.testing.assert_array_equal(env.sim_env.sim.data.qpos, soft)


def test_pictures_are_upright_and_show_the_cube_where_it_is():
    env = LIFT_IMAGE.make_env()
    observation, _ = env.reset(seed=0, options=start_of(LIFT_IMAGE, 0))
    red, green = (observation["agentview"][..., channel].astype(int) for channel in (0, 1))
    rows, columns = np.nonzero(red - green > 60)
    assert 30 < rows.mean() < 55  # below the arm, which stands at the far side of the table
    assert 25 < columns.mean() < 60
    assert observation["agentview"][:6].mean() < 150 < observation["agentview"][-6:].mean()
    assert (observation["wrist"] != observation["agentview"]).any()
    env.close()


def test_an_image_task_plays_the_state_tasks_episodes():
    image, state = LIFT_IMAGE.make_env(), env_of(LIFT)
    assert LIFT_IMAGE.contexts("test") == LIFT.contexts("test")
    image.reset(seed=0, options=start_of(LIFT, 2))
    state.reset(options=start_of(LIFT, 2))
    for action in random_actions(LIFT, 3):
        seen, _, _, _, _ = image.step(action)
        observed, _, _, _, _ = state.step(action)
    np.testing.assert_array_equal(seen["state"], observed["state"][:9])
    np.testing.assert_array_equal(image.unwrapped.full_state(), observed["state"])
    image.close()


def test_the_expert_of_an_image_task_solves_it_from_the_simulation():
    run = rollout(LIFT_IMAGE, LIFT_IMAGE.make_env(), LIFT_IMAGE.make_expert(), 0, 0, split="test")
    assert run.success


def test_importing_and_building_print_nothing():
    code = (
        "from ilbench.tasks.manipulation.robosuite.tasks import LIFT\n"
        "LIFT.make_env().reset(options={'context': LIFT.contexts('test')[0]})"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == ("", "")


@pytest.mark.parametrize("noise", [0.0, 0.15])
def test_lifts_expert_succeeds_on_held_out_starts(noise):
    runs = [
        rollout(LIFT, env_of(LIFT), LIFT.make_expert(), i, i, split="test", noise=noise) for i in range(4)
    ]
    assert all(run.success for run in runs)
    assert max(len(run.actions) for run in runs) < 150


def test_lifts_expert_succeeds_under_shift():
    runs = [
        rollout(LIFT, env_of(LIFT), LIFT.make_expert(), i, i, split="shift/placement-5") for i in range(3)
    ]
    assert all(run.success for run in runs)


def test_a_shifted_cube_lies_where_the_context_says_and_the_arm_starts_alike():
    env = env_of(LIFT)
    near, far = (LIFT.contexts(f"shift/placement-{severity}")[0] for severity in (1, 5))
    first, _ = env.reset(options={"context": near})
    second, _ = env.reset(options={"context": far})
    np.testing.assert_array_equal(first["state"][:9], second["state"][:9])
    assert second["state"][9:11] == pytest.approx(far["object_xy_m"]["cube"], abs=1e-7)
    assert np.hypot(*far["object_xy_m"]["cube"]) == pytest.approx(0.15, abs=1e-4)


def test_an_observable_of_unknown_make_up_is_refused():
    with pytest.raises(ValueError, match="object-state"):
        components("object-state")
