from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ilbench.digest import array_digest
from ilbench.rollout import rollout
from ilbench.tasks.manipulation.robosuite.family import components
from ilbench.tasks.manipulation.robosuite.tasks import LIFT, LIFT_KEYS

if LIFT.missing_package():
    pytest.skip("needs ilbench[manipulation]", allow_module_level=True)

TASKS = pytest.mark.parametrize("task", [LIFT], ids=lambda task: task.id)
PLAY = """
import sys
from ilbench.tasks.manipulation.robosuite import TASKS
sys.path.insert(0, sys.argv[1])
from test_robosuite import episode_digest
for task in TASKS:
    env = task.make_env().unwrapped
    print(*(episode_digest(task, env, split) for split in reversed(task.split_names)))
"""


@pytest.fixture(scope="module")
def envs():
    return {task.id: task.make_env().unwrapped for task in [LIFT]}


def random_actions(task, count=12):
    return np.random.default_rng(7).uniform(-1, 1, (count, *task.action.shape)).astype(np.float32)


def episode_digest(task, env, split, index=1):
    """Returns the digest of every observation, reward and simulator state of a short random episode."""
    observation, _ = env.reset(seed=3, options={"context": task.contexts(split)[index]})
    seen = [observation["state"], env.state()]
    for action in random_actions(task):
        observation, reward, *_ = env.step(action)
        seen += [observation["state"], env.state(), np.float64(reward)]
    return array_digest(*map(np.asarray, seen))


@pytest.fixture(scope="module")
def digests_elsewhere():
    """Digests by task and split from a fresh environment in another process with another hash seed."""
    here = str(Path(__file__).parent)
    ran = subprocess.run(
        [sys.executable, "-c", PLAY, here],
        env={**os.environ, "PYTHONHASHSEED": "123"},
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line.split() for line in ran.stdout.splitlines()]
    return {
        task.id: dict(zip(reversed(task.split_names), line, strict=True))
        for task, line in zip([LIFT], lines, strict=True)
    }, ran.stderr


@TASKS
def test_a_used_environment_repeats_an_episode_bit_for_bit(task, envs):
    env = envs[task.id]
    first = episode_digest(task, env, "test")
    for split in task.split_names:
        episode_digest(task, env, split, index=2)
    assert episode_digest(task, env, "test") == first


@TASKS
def test_a_fresh_environment_in_another_process_gives_the_same_bits(task, envs, digests_elsewhere):
    found, _ = digests_elsewhere
    assert found[task.id] == {split: episode_digest(task, envs[task.id], split) for split in task.split_names}


def test_importing_building_and_playing_print_nothing(digests_elsewhere):
    _, printed = digests_elsewhere
    assert printed == ""


def test_no_seed_of_lift_is_in_two_of_train_test_and_the_shifts():
    names = [split.name for split in LIFT.splits if split.of is None]
    train, test, *shifts = ({context["seed"] for context in LIFT.contexts(name)} for name in names)
    assert all(shift == shifts[0] for shift in shifts)
    assert len(train | test | shifts[0]) == len(train) + len(test) + len(shifts[0]) == 350


@TASKS
def test_spaces_and_observations_are_those_declared(task, envs):
    env = envs[task.id]
    observation, info = env.reset(seed=0, options={"context": task.contexts("train")[0]})
    assert env.observation_space["state"].shape == task.observation[0].shape
    assert env.observation_space.contains(observation)
    assert env.action_space.shape == task.action.shape
    assert len(task.observation[0].components) == task.observation[0].shape[0]
    assert info == {"success": False, "mode": None}


@TASKS
def test_reset_without_a_context_is_refused(task, envs):
    with pytest.raises(ValueError, match="context"):
        envs[task.id].reset(seed=0)


@TASKS
@pytest.mark.parametrize("noise", [0.0, 0.15])
def test_the_expert_succeeds_on_held_out_starts(task, envs, noise):
    runs = [
        rollout(task, envs[task.id], task.make_expert(), i, i, split="test", noise=noise) for i in range(4)
    ]
    assert all(run.success for run in runs)
    assert max(len(run.actions) for run in runs) < 150


@pytest.mark.parametrize(("task", "split"), [(LIFT, "shift/placement-5")])
def test_the_expert_succeeds_under_shift(task, split, envs):
    runs = [rollout(task, envs[task.id], task.make_expert(), i, i, split=split) for i in range(3)]
    assert all(run.success for run in runs)


def test_lifts_state_holds_robosuites_observables_in_the_declared_order(envs):
    env = envs[LIFT.id]
    observation, _ = env.reset(options={"context": LIFT.contexts("test")[0]})
    named = env.sim_env._get_observations()
    expected = np.concatenate([named[key] for key in LIFT_KEYS]).astype(np.float32)
    np.testing.assert_array_equal(observation["state"], expected)
    assert LIFT.env_options["keys"] == list(LIFT_KEYS)
    assert LIFT.observation[0].components == tuple(c for key in LIFT_KEYS for c in components(key))


@pytest.mark.parametrize("acting", ["expert", "random"])
def test_lift_steps_as_robosuite_does_bit_for_bit(acting, envs):
    env = envs[LIFT.id]
    lifting = rollout(LIFT, env, LIFT.make_expert(), 5, 0, split="test").actions
    actions = lifting if acting == "expert" else random_actions(LIFT, 25)
    start = {"context": LIFT.contexts("test")[5]}
    env.reset(options=start)
    ours = [env.step(action) for action in actions]
    state = env.state()
    env.reset(options=start)
    for action, (observation, reward, *_) in zip(actions, ours, strict=True):
        named, stock_reward, *_ = env.sim_env.step(action)
        stock = np.concatenate([named[key] for key in LIFT_KEYS]).astype(np.float32)
        assert np.array_equal(stock, observation["state"])
        assert reward == stock_reward
    np.testing.assert_array_equal(env.state(), state)


def test_lifts_start_does_not_depend_on_the_build(envs):
    fresh = LIFT.make_env().unwrapped
    assert fresh.sim_env.cube.size == envs[LIFT.id].sim_env.cube.size
    assert episode_digest(LIFT, fresh, "test") == episode_digest(LIFT, envs[LIFT.id], "test")


def test_a_shifted_cube_lies_where_the_context_says_and_the_arm_starts_alike(envs):
    env = envs[LIFT.id]
    near, far = (LIFT.contexts(f"shift/placement-{severity}")[0] for severity in (1, 5))
    first, _ = env.reset(options={"context": near})
    second, _ = env.reset(options={"context": far})
    np.testing.assert_array_equal(first["state"][:9], second["state"][:9])
    assert second["state"][9:11] == pytest.approx(far["object_xy_m"]["cube"], abs=1e-7)
    assert np.hypot(*far["object_xy_m"]["cube"]) == pytest.approx(0.15, abs=1e-4)


def test_an_observable_of_unknown_make_up_is_refused():
    with pytest.raises(ValueError, match="object-state"):
        components("object-state")
