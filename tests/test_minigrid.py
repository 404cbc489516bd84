"""The MiniGrid tasks: the original's levels and rules, held out by layout, solved by BabyAI's bot."""

import os
import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from ilbench.digest import array_digest
from ilbench.importing import load_object
from ilbench.rollout import rollout
from ilbench.tasks.minigrid import GOTO_LOCAL as TASK
from ilbench.tasks.minigrid.missions import COLORS, OBJECTS, WORDS, encode_mission, target_of

pytest.importorskip("minigrid")

from minigrid.core.constants import COLOR_NAMES
from minigrid.envs.babyai.goto import GoToLocal as Original

from ilbench.tasks.minigrid import expert as expert_module
from ilbench.tasks.minigrid.contexts import HELD_OUT

FORWARD, DONE = 2, 6


@pytest.fixture(scope="module")
def env():
    return TASK.make_env()


def random_actions(seed, steps=64):
    return np.random.default_rng(seed).integers(7, size=steps).tolist()


def digest(env, split, index, seed=0):
    observation, _ = env.reset(seed=seed, options={"context": TASK.contexts(split)[index]})
    parts = [*observation.values(), env.state()]
    for action in random_actions(index):
        observation, reward, terminated, truncated, info = env.step(action)
        parts += [
            *observation.values(),
            env.state(),
            np.array([reward, terminated, truncated, info["success"]]),
        ]
        if terminated or truncated:
            break
    return array_digest(*parts)


@pytest.mark.parametrize("index", range(8))
def test_an_episode_equals_the_originals(env, index):
    context, original = TASK.contexts("train")[index], Original()
    theirs, _ = original.reset(seed=context["seed"])
    ours, _ = env.reset(options={"context": context})
    for action in random_actions(index):
        assert np.array_equal(ours["image"], theirs["image"])
        assert ours["direction"] == theirs["direction"]
        assert " ".join(WORDS[k] for k in ours["mission"] if k) == theirs["mission"]
        theirs, *expected, _ = original.step(action)
        ours, *outcome, info = env.step(action)
        assert outcome == expected
        assert info["success"] is (expected[0] > 0)
        if outcome[1] or outcome[2]:
            break


def test_the_horizon_is_the_originals_limit_on_steps(env):
    original = Original()
    original.reset(seed=0)
    assert original.max_steps == TASK.horizon
    env.reset(options={"context": TASK.contexts("test")[0]})
    truncations = [env.step(DONE)[3] for _ in range(TASK.horizon)]
    assert truncations == [False] * (TASK.horizon - 1) + [True]


def test_success_pays_less_the_later_it_comes(env):
    for size in ({}, {"room_size": 12}):
        env.reset(options={"context": {"seed": 100_000_000, **size}})
        bot = TASK.make_expert()
        bot.reset(env, 0)
        outcome = [0, 0.0, False]
        while not outcome[2]:
            outcome = env.step(int(bot.act({})))
        assert outcome[1] == pytest.approx(1 - 0.9 * env.level.step_count / 64)
        assert outcome[4] == {"success": True, "mode": None}


def test_observations_are_in_the_declared_space_and_safe_to_keep(env):
    observation, _ = env.reset(options={"context": TASK.contexts("test")[0]})
    kept = {name: value.copy() for name, value in observation.items()}
    for action in (0, 1, FORWARD):
        assert env.step(action)[0] in env.observation_space
    env.reset(options={"context": TASK.contexts("test")[1]})
    assert all(np.array_equal(observation[name], kept[name]) for name in kept)


def test_every_mission_of_the_level_is_encoded_in_its_own_way():
    assert set(COLORS) == set(COLOR_NAMES)
    missions = [f"go to {article} {c} {o}" for article, c, o in product(("the", "a"), COLORS, OBJECTS)]
    assert len({tuple(encode_mission(mission)) for mission in missions}) == 36
    assert encode_mission("go to the blue ball").tolist() == [1, 2, 3, 5, 11]
    assert encode_mission("go to").tolist() == [1, 2, 0, 0, 0]


def test_a_mission_that_cannot_be_encoded_is_refused_with_its_reason():
    with pytest.raises(ValueError, match="'open the red ball': unknown word 'open'"):
        encode_mission("open the red ball")
    with pytest.raises(ValueError, match="6 words, expected at most 5"):
        encode_mission("go to the red red ball")


def test_the_state_tells_apart_what_the_image_does_not(env):
    env.reset(options={"context": TASK.contexts("test")[0]})
    before = env.state()
    env.step(DONE)
    assert np.flatnonzero(env.state() != before).size == 1  # the step counter
    assert len(before) == 4 * 8 * 8 + 7 + 5


@pytest.mark.parametrize("split", ["test", "shift/more-objects", "shift/larger-room"])
def test_a_used_environment_gives_the_same_bits_as_a_fresh_one_whatever_the_seed(env, split):
    digest(env, "train", 1)
    assert digest(env, split, 2, seed=1) == digest(TASK.make_env(), split, 2, seed=99)


def test_another_process_with_other_environment_variables_gives_the_same_bits(env):
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); from test_minigrid import *\n"
    code += "print(*(digest(TASK.make_env(), 'test', index) for index in range(5)))"
    variables = {**os.environ, "PYTHONHASHSEED": "7", "BABYAI_DONE_ACTIONS": "1"}
    result = subprocess.run(
        [sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=True, cwd="/"
    )
    assert result.stdout.split() == [digest(env, "test", index) for index in range(5)]


def test_the_contexts_on_disk_are_those_of_their_generator():
    made = load_object(TASK.make_contexts)()
    assert made == {split: list(TASK.contexts(split)) for split in TASK.split_names}
    assert [len(made[split.name]) for split in TASK.splits] == [split.num_contexts for split in TASK.splits]


def test_no_two_contexts_of_all_splits_share_a_layout_and_only_the_shift_has_held_out_targets(env):
    layouts = []
    for split in TASK.split_names:
        for context in TASK.contexts(split):
            env.reset(options={"context": context})
            layouts.append(env.layout_digest())
            assert (target_of(env.level.mission) in HELD_OUT) == (split == "shift/unseen-missions")
    assert len(set(layouts)) == len(layouts)


def test_colors_and_kinds_of_the_held_out_targets_are_all_asked_for_in_training(env):
    targets = set()
    for context in TASK.contexts("train"):
        env.reset(options={"context": context})
        targets.add(target_of(env.level.mission))
    assert targets == set(product(COLORS, OBJECTS)) - HELD_OUT


@pytest.mark.parametrize("split", TASK.split_names)
def test_the_expert_fulfills_missions_of_every_split(env, split):
    expert = TASK.make_expert()
    indices = range(TASK.split(split).num_contexts - 25, TASK.split(split).num_contexts)
    assert all(rollout(TASK, env, expert, index, seed=0, split=split).success for index in indices)


def test_the_expert_copes_with_actions_that_it_did_not_choose(env):
    expert = TASK.make_expert()
    trajectories = [rollout(TASK, env, expert, index, seed=index, noise=0.3) for index in range(30)]
    assert np.mean([t.success for t in trajectories]) >= 0.9
    assert any((t.actions != t.expert_actions).any() for t in trajectories)


def test_an_expert_that_plans_in_circles_gives_up_and_lets_the_episode_fail(env, monkeypatch):
    monkeypatch.setattr(expert_module, "MAX_SEARCHES", 0)
    trajectory = rollout(TASK, env, TASK.make_expert(), 0, seed=0)
    assert (trajectory.success, len(trajectory.actions)) == (False, TASK.horizon)
    assert set(trajectory.actions.tolist()) == {DONE}
