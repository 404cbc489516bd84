"""The contract, on every registered task: a new task is tested by being listed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from importlib.resources import files

import gymnasium as gym
import numpy as np
import pytest

from ilbench.contract.gymnasium_ids import gymnasium_id
from ilbench.contract.policy import Procedural
from ilbench.contract.registry import find_task, load_registry
from ilbench.demonstrations.rollout import rollout
from ilbench.digest import array_digest, arrays_digest, json_digest
from ilbench.importing import load_object
from ilbench.runs.identity import EpisodeId

TASKS = load_registry()
NUM_STEPS = 25
NUM_STEPS_FILMED = 6
ELSEWHERE = f"""
import sys
from importlib.util import module_from_spec, spec_from_file_location
spec = spec_from_file_location("contract", {__file__!r})
contract = module_from_spec(spec)
spec.loader.exec_module(contract)
for task in contract.TASKS.select(suite=sys.argv[1]):
    env = task.make_env()
    print(task.id, contract.play(task, env))
    env.close()
"""

if not TASKS:
    raise RuntimeError("no task is registered: the package is not installed")


@pytest.fixture(scope="module", params=TASKS.values(), ids=list(TASKS))
def task(request):
    """Each registered task in turn; tests of one task follow one another and share `env`."""
    return request.param


@pytest.fixture(scope="module")
def env(task):
    env = task.make_env()
    yield env
    env.close()


def is_filmed(task):
    """Whether cameras look at a simulation: a step then takes as long as fifty without them."""
    return any(len(field.shape) == 3 and field.shape[0] >= 84 for field in task.observation)


def play(task, env, split="test", index=0):
    """Returns the digest of everything that a seeded episode of random actions shows."""
    rng = np.random.default_rng(5)
    num_steps = NUM_STEPS_FILMED if is_filmed(task) else NUM_STEPS
    observation, _ = env.reset(seed=7, options={"context": task.contexts(split)[index]})
    seen = [arrays_digest(observation), array_digest(env.state())]
    for _ in range(num_steps):
        observation, reward, terminated, truncated, info = env.step(draw(task, rng))
        seen += [arrays_digest(observation), float(reward), info["success"], info["mode"]]
        if terminated or truncated:
            break
    return json_digest([*seen, array_digest(env.state())])


def draw(task, rng):
    action = task.action
    if action.num_actions:
        return int(rng.integers(action.num_actions))
    low, high = (-0.01, 0.01) if action.low is None else (action.low, action.high)
    return rng.uniform(low, high, action.shape).astype(np.float32)


def test_observations_are_the_declared_fields_at_every_step(task, env):
    rng = np.random.default_rng(0)
    observation, info = env.reset(seed=1, options={"context": task.contexts("train")[0]})
    for _ in range(5):
        found = {name: (np.shape(value), np.asarray(value).dtype.name) for name, value in observation.items()}
        assert found == {f.name: (f.shape, f.dtype) for f in task.observation}
        assert env.observation_space.contains(observation)
        assert isinstance(info["success"], bool)
        observation, _, _, _, info = env.step(draw(task, rng))


def test_components_name_every_entry_of_a_vector(task):
    for f in task.observation:
        assert not f.components or len(f.components) == int(np.prod(f.shape)) or f.dtype == "int64"


def test_a_used_environment_plays_like_a_fresh_one(task, env):
    fresh = task.make_env()
    play(task, env, "train", -1)
    play(task, env, task.split_names[-1], -1)
    assert play(task, env) == play(task, fresh)
    fresh.close()


def test_another_process_plays_the_same_bits(task, env):
    assert played_elsewhere(task.suite)[task.id] == play(task, env)


@cache
def played_elsewhere(suite):
    """Returns what `play` gives for each task of a suite in a process with another hash seed."""
    other = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, suite],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "12345"},
    )
    return dict(line.split() for line in other.stdout.splitlines())


def test_the_declared_splits_are_the_contexts_on_file(task):
    for split in task.splits:
        assert len(task.contexts(split.name)) == split.num_contexts


def test_held_out_contexts_are_not_in_train(task):
    train = {json_digest(context) for context in task.contexts("train")}
    held_out = {json_digest(context) for context in task.contexts("test")}
    if task.id.startswith("d3il/avoiding"):
        assert held_out == train  # one start in one field: what is held out is the policy's seed
    else:
        assert not train & held_out


def test_no_split_repeats_a_context(task):
    for name in task.split_names:
        contexts = [json_digest(context) for context in task.contexts(name)]
        assert len(set(contexts)) == len(contexts)


def test_the_first_and_last_context_of_every_split_resets(task, env):
    for name in task.split_names:
        for context in (task.contexts(name)[0], task.contexts(name)[-1]):
            observation, info = env.reset(seed=3, options={"context": context})
            assert env.observation_space.contains(observation)
            assert info["success"] is False


def test_an_observation_that_was_kept_does_not_change(task, env):
    rng = np.random.default_rng(0)
    kept, _ = env.reset(seed=1, options={"context": task.contexts("train")[0]})
    before = arrays_digest(kept)
    for _ in range(3):
        env.step(draw(task, rng))
    assert arrays_digest(kept) == before


def test_a_reset_without_a_context_is_refused(env):
    with pytest.raises(ValueError, match="context"):
        env.reset(seed=1)


def test_the_expert_solves_held_out_contexts(task, env):
    if task.expert is None:
        pytest.skip("evaluation only")
    expert = task.make_expert()
    episodes = [
        EpisodeId(task.id, "test", context, 0)
        for context in range(1 if is_filmed(task) else min(4, len(task.contexts("test"))))
    ]
    trajectories = [
        rollout(
            task,
            env,
            expert,
            episode.context,
            episode.seed("demonstration"),
            split="test",
            steps_after_success=task.demonstrations.steps_after_success,
        )
        for episode in episodes
    ]
    num_failures_forgiven = 1 if task.references()["expert"].success_rate >= 0.98 else 2
    assert sum(t.success for t in trajectories) >= max(1, len(episodes) - num_failures_forgiven)


def test_alternative_experts_solve_held_out_contexts_too(task, env):
    for name in task.alternative_experts:
        expert = task.make_expert(name)
        trajectories = [rollout(task, env, expert, context, context, split="test") for context in range(3)]
        assert sum(t.success for t in trajectories) >= 2, name


def test_an_expert_that_is_to_explain_itself_does(task):
    if task.demonstrations is None or not task.demonstrations.procedure:
        pytest.skip("declares no procedure")
    assert isinstance(task.make_expert(), Procedural)


def test_a_success_of_a_task_with_modes_has_a_mode(task, env):
    if not task.modes or task.expert is None:
        pytest.skip("no behavior descriptor, or no expert to show one")
    for mode in range(0, 1 if is_filmed(task) else len(task.modes), 5):
        trajectory = rollout(task, env, task.make_expert(), context=0, seed=mode, mode=mode)
        assert (trajectory.success, trajectory.mode) == (True, mode)


def test_a_task_without_an_expert_says_so_and_has_no_demonstrations_of_its_own(task):
    assert (task.expert is None) == (task.demonstrations is None)
    assert task.expert is not None or "evaluation only" in task.summary.lower()


def test_every_task_says_where_it_comes_from_and_what_it_measured(task):
    assert task.source
    assert task.license
    references = task.references()
    assert set(references) == ({"random"} if task.expert is None else {"random", "expert"})
    assert bool(task.demonstrations_checksum()) == (task.expert is not None)


def test_every_expert_beats_chance_and_its_weakness_is_said(task):
    if task.expert is None:
        pytest.skip("evaluation only")
    expert, random = (task.references()[name] for name in ("expert", "random"))
    assert expert.mean_return > random.mean_return
    if (
        expert.num_episodes >= 50 and expert.success_rate < 0.9
    ):  # image tasks: few, the state task has the rest
        assert "below 90 %" in task.source


def test_a_changed_spec_needs_a_new_version(task):
    ledger = json.loads(files("ilbench.tasks").joinpath("digests.json").read_text())
    assert ledger[task.id] == task.spec_digest(), (
        f"the spec of {task.id} has changed: bump its version, then run 'ilbench maintain digests'"
    )


def test_contexts_on_file_are_what_the_generator_makes(task):
    if task.suite in ("minigrid", "procgen"):
        pytest.skip("generated by searching levels; a sample is tested with the suite")
    made = json.loads(json.dumps(load_object(task.make_contexts)()))
    assert made == {split.name: list(task.contexts(split.name)) for split in task.splits if split.of is None}


def test_gymnasium_makes_the_task_by_its_id(task):
    env = gym.make(gymnasium_id(task.id))
    first, _ = env.reset(seed=3, options={"split": "test", "context": 0})
    again, _ = env.reset(seed=3, options={"split": "test", "context": 0})
    assert arrays_digest(first) == arrays_digest(again)
    env.close()


def test_a_task_is_found_by_import_string():
    assert find_task("ilbench.tasks.d3il.avoiding:AVOIDING") == TASKS["d3il/avoiding-v2"]
