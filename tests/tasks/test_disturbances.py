from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ilbench.contract.registry import find_task
from ilbench.contract.task import Preset
from ilbench.digest import array_digest
from ilbench.errors import UnknownNameError
from ilbench.tasks.disturbances import SHIFT_KINDS, Disturbance, disturbed

PUCK = find_task("metaworld/pick-place-v2")
if PUCK.missing_package():
    pytest.skip("needs ilbench[manipulation]", allow_module_level=True)

PLAIN = replace(
    PUCK,
    env="ilbench.tasks.manipulation.metaworld.env:MetaworldEnv",
    env_options={"env_name": "pick-place-v3"},
    splits=tuple(split for split in PUCK.splits if split.of is None),
)
SCALE = np.linspace(0.01, 0.4, 39)
TASK = disturbed(
    PLAIN, list(SHIFT_KINDS), scales={"state": SCALE}, num_contexts=3, shift=Preset(num_contexts=3)
)
ACTION = np.array([0.5, -0.2, -0.1, 0.3], np.float32)


@pytest.fixture(scope="module")
def env():
    env = TASK.make_env()
    yield env
    env.close()


@pytest.fixture(scope="module")
def plain():
    env = PLAIN.make_env()
    yield env
    env.close()


def play(env, disturbance=None, seed=3, actions=(ACTION,) * 6):
    """Returns the observed states and the simulator's, from the reset on."""
    context = dict(PLAIN.contexts("test")[0])
    if disturbance is not None:
        context["disturbance"] = disturbance
    observation, _ = env.reset(seed=seed, options={"context": context})
    seen, states = [observation["state"]], [env.state()]
    for action in actions:
        observation, *_ = env.step(action)
        seen.append(observation["state"])
        states.append(env.state())
    return np.array(seen), np.array(states)


def test_severity_zero_is_the_environment_itself_bit_for_bit(env, plain):
    for disturbance in (None, {}):
        for ours, original in zip(play(env, disturbance), play(plain), strict=True):
            assert array_digest(ours) == array_digest(original)


@pytest.mark.parametrize("kind", SHIFT_KINDS)
def test_an_environment_that_was_disturbed_is_as_new_afterward(env, plain, kind):
    play(env, dict(SHIFT_KINDS[kind].levels[-1]))
    for ours, original in zip(play(env), play(plain), strict=True):
        assert array_digest(ours) == array_digest(original)


@pytest.mark.parametrize("kind", SHIFT_KINDS)
def test_a_disturbance_follows_from_the_seed(env, kind):
    level = dict(SHIFT_KINDS[kind].levels[-1])
    first, again, other = (play(env, level, seed=seed)[0] for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    if kind in ("sensor-noise", "sensor-drop", "action-noise"):
        assert np.any(first != other)


def test_shift_contexts_are_test_contexts_with_a_disturbance():
    for name in SHIFT_KINDS:
        for severity in range(1, 6):
            first, *_ = TASK.contexts(f"shift/{name}-{severity}")
            assert first == {
                **TASK.contexts("test")[0],
                "disturbance": dict(SHIFT_KINDS[name].levels[severity - 1]),
            }
            assert Disturbance(**first["disturbance"]) != Disturbance()


def test_sensor_noise_has_the_declared_spread_and_leaves_the_world_alone(env, plain):
    rest = (np.zeros(4, np.float32),) * 400
    seen, states = play(env, {"sensor_noise": 0.5}, actions=rest)
    true, true_states = play(plain, actions=rest)
    np.testing.assert_array_equal(states, true_states)
    np.testing.assert_allclose(np.std(seen - true, axis=0), 0.5 * SCALE, rtol=0.15)


def test_a_bias_is_constant_over_an_episode(env, plain):
    offset = play(env, {"sensor_bias": 1.0})[0] - play(plain)[0]
    np.testing.assert_allclose(offset, np.broadcast_to(offset[0], offset.shape), atol=1e-6)
    assert np.all(np.abs(offset[0]) <= SCALE + 1e-6)


@pytest.mark.parametrize(("share", "count"), [(0.01, 1), (0.5, 20)])
def test_dropped_numbers_read_zero_to_the_end(env, plain, share, count):
    seen, true = play(env, {"sensor_drop": share})[0], play(plain)[0]
    dropped = np.all(seen == 0, axis=0) & np.any(true != 0, axis=0)
    assert count // 2 <= dropped.sum() <= count  # numbers that are always zero may be among those drawn
    np.testing.assert_array_equal(seen[:, ~dropped], true[:, ~dropped])


def test_a_delayed_observation_is_an_earlier_one(env, plain):
    seen, true = play(env, {"observation_delay": 2})[0], play(plain)[0]
    np.testing.assert_array_equal(seen[2:], true[:-2])
    np.testing.assert_array_equal(seen[:2], true[[0, 0]])


def test_a_delayed_action_comes_after_rest(env, plain):
    rest = (np.zeros(4, np.float32),) * 2
    np.testing.assert_array_equal(
        play(env, {"action_delay": 2})[1], play(plain, actions=rest + (ACTION,) * 4)[1]
    )


def test_a_weak_actuator_scales_the_action(env, plain):
    weak, half = play(env, {"action_gain": 0.5})[1], play(plain, actions=(ACTION / 2,) * 6)[1]
    np.testing.assert_array_equal(weak, half)


def test_an_action_that_sticks_for_ever_is_rest(env, plain):
    stuck, rest = play(env, {"sticky_action": 1.0})[1], play(plain, actions=(np.zeros(4, np.float32),) * 6)[1]
    np.testing.assert_array_equal(stuck, rest)


def test_noisy_actions_stay_in_their_bounds_and_move_the_world(env, plain):
    assert np.any(play(env, {"action_noise": 1.0})[1] != play(plain)[1])


def test_a_random_action_comes_from_the_whole_range(env, plain):
    assert np.any(play(env, {"random_action": 1.0})[1] != play(plain)[1])


def test_a_dropped_frame_is_the_last_one_shown(env):
    seen = play(env, {"frame_drop": 1.0})[0]
    np.testing.assert_array_equal(seen, np.broadcast_to(seen[0], seen.shape))


def test_gravity_and_damping_are_scaled_and_put_back(env):
    model = env.unwrapped.physics
    gravity, damping = model.opt.gravity.copy(), model.dof_damping.copy()
    play(env, {"gravity": 2.0, "damping": 3.0})
    np.testing.assert_array_equal(model.opt.gravity, 2 * gravity)
    np.testing.assert_array_equal(model.dof_damping, 3 * damping)
    play(env)
    np.testing.assert_array_equal(model.opt.gravity, gravity)
    np.testing.assert_array_equal(model.dof_damping, damping)


def test_mass_and_friction_are_scaled_and_put_back(env):
    model = env.unwrapped.physics
    puck = model.body("obj").id
    mass, friction = model.body_mass[puck], model.geom_friction[:, 0].copy()
    others = np.delete(model.body_mass, puck).copy()
    play(env, {"mass": 2.0, "friction": 0.5})
    assert model.body_mass[puck] == 2 * mass
    np.testing.assert_array_equal(np.delete(model.body_mass, puck), others)
    np.testing.assert_allclose(model.geom_friction[:, 0], friction / 2)
    play(env)
    assert model.body_mass[puck] == mass


@pytest.mark.parametrize("entry", ["wind", "frame_delay"])
def test_what_the_environment_cannot_do_is_refused(env, entry):
    with pytest.raises(UnknownNameError, match=entry):
        play(env, {entry: 2.0})
