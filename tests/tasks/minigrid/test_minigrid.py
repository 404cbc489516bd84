"""The MiniGrid tasks: the originals' levels, rules and views, held out by layout."""

import os
import subprocess
import sys
from itertools import count, islice, product
from pathlib import Path

import numpy as np
import pytest

from ilbench.demonstrations.rollout import rollout
from ilbench.digest import array_digest
from ilbench.importing import load_object
from ilbench.tasks.minigrid.missions import COLORS, OBJECTS, WORDS, encode_mission, names_any
from ilbench.tasks.minigrid.tasks import GOTO_LOCAL, TASKS, UNSEEN

pytest.importorskip("minigrid")

from gymnasium.utils.seeding import np_random
from minigrid.core.constants import COLOR_NAMES
from minigrid.envs.babyai.goto import GoToLocal as Original
from minigrid.envs.obstructedmaze import ObstructedMaze_2Dlh

from ilbench.contract.environment import silenced
from ilbench.tasks.minigrid import boss, contexts
from ilbench.tasks.minigrid.layouts import digests, naive_contexts
from ilbench.tasks.minigrid.levels import clauses

BY_NAME = {task.id.removeprefix("minigrid/").rpartition("-v")[0]: task for task in TASKS}
FROM_TABLE = [task for task in TASKS if "level" in task.env_options]
LEFT, FORWARD, DONE = 0, 2, 6
EVENTFUL = (0, 1, 2, 2, 2, 2, 3, 4, 5, 5)
"""Actions to draw from, so that doors are opened and things carried."""


@pytest.fixture(scope="module")
def env():
    return GOTO_LOCAL.make_env()


def random_actions(seed, steps=64):
    return np.random.default_rng(seed).integers(7, size=steps).tolist()


def digest(env, split, index, seed=0):
    observation, _ = env.reset(seed=seed, options={"context": GOTO_LOCAL.contexts(split)[index]})
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


def original_of(task, context):
    options = {**task.env_options["options"], **context.get("options", {})}
    with silenced():
        return load_object(task.env_options["level"])(**options)


def seen_by(task, original, observation):
    """Returns what the original's observation is in our encoding."""
    picture = task.env_options.get("rgb", False)
    return {
        "image": original.get_frame(tile_size=8, agent_pov=True) if picture else observation["image"],
        "direction": np.int64(observation["direction"]),
        "mission": encode_mission(observation["mission"], task.env_options["mission_length"]),
    }


def places(level):
    """Returns where the objects of a mission are taken to be."""
    names = ("desc", "desc_move", "desc_fixed")
    return [getattr(c, name).obj_poss for c in clauses(level) for name in names if hasattr(c, name)]


@pytest.mark.parametrize("task", FROM_TABLE, ids=lambda task: task.id)
@pytest.mark.parametrize("split", ["train", "last"])
def test_an_episode_equals_the_originals(task, split):
    split = [s.name for s in task.splits if s.of is None][-1] if split == "last" else split
    context, env, rng = task.contexts(split)[3], task.make_env().unwrapped, np.random.default_rng(3)
    original = original_of(task, context)
    with silenced():
        theirs, _ = original.reset(seed=context["seed"])
    ours, _ = env.reset(options={"context": context})
    for action in rng.choice(EVENTFUL, size=120).tolist():
        expected = seen_by(task, original, theirs)
        assert all(np.array_equal(ours[name], expected[name]) for name in expected)
        assert np.array_equal(env.level.grid.encode(), original.grid.encode())
        assert places(env.level) == places(original)
        theirs, *outcome, _ = original.step(action)
        ours, *own_outcome, info = env.step(action)
        assert own_outcome == outcome
        assert info["success"] is (outcome[0] > 0)
        if outcome[1] or outcome[2]:
            break


def test_positions_of_mission_objects_stay_the_originals_while_things_are_carried_about():
    task = BY_NAME["put-next-local"]
    for index in range(4):
        context, env, rng = (
            task.contexts("train")[index],
            task.make_env().unwrapped,
            np.random.default_rng(index),
        )
        original = original_of(task, context)
        with silenced():
            original.reset(seed=context["seed"])
        env.reset(options={"context": context})
        for action in rng.choice((0, 1, 2, 2, 3, 3, 4, 4, 5), size=128).tolist():
            assert env.step(action)[1:4] == original.step(action)[1:4]
            assert places(env.level) == places(original)


def test_obstructed_maze_2dlh_is_the_level_of_that_name():
    task, ours, theirs = BY_NAME["obstructed-maze-2dlh"], None, ObstructedMaze_2Dlh()
    env = task.make_env().unwrapped
    for context in task.contexts("test")[:5]:
        env.reset(options={"context": context})
        theirs.reset(seed=context["seed"])
        ours = env.level
        assert np.array_equal(ours.grid.encode(), theirs.grid.encode())
        assert (ours.max_steps, ours.mission) == (theirs.max_steps, theirs.mission)


@pytest.mark.parametrize("task", FROM_TABLE, ids=lambda task: task.id)
def test_the_horizon_is_the_longest_limit_of_all_splits_and_words_suffice(task):
    env, limits = task.make_env().unwrapped, set()
    for split in task.split_names:
        for context in task.contexts(split)[:8]:
            env.reset(options={"context": context})  # raises if the mission cannot be encoded
            limits.add(env.level.max_steps)
    assert max(limits) <= task.horizon


def test_the_horizon_is_the_originals_limit_on_steps(env):
    original = Original()
    original.reset(seed=0)
    assert original.max_steps == GOTO_LOCAL.horizon
    env.reset(options={"context": GOTO_LOCAL.contexts("test")[0]})
    truncations = [env.step(DONE)[3] for _ in range(GOTO_LOCAL.horizon)]
    assert truncations == [False] * (GOTO_LOCAL.horizon - 1) + [True]


def test_success_pays_less_the_later_it_comes(env):
    for size in ({}, {"room_size": 12}):
        env.reset(options={"context": {"seed": 100_000_000, **size}})
        bot = GOTO_LOCAL.make_expert()
        bot.reset(env, 0)
        outcome = [0, 0.0, False]
        while not outcome[2]:
            outcome = env.step(int(bot.act({})))
        assert outcome[1] == pytest.approx(1 - 0.9 * env.level.step_count / 64)
        assert outcome[4] == {"success": True, "mode": None}


def test_lava_ends_the_episode_without_success():
    task = BY_NAME["lava-crossing-s11n5"]
    env, rng = task.make_env().unwrapped, np.random.default_rng(0)
    ends = []
    for context in task.contexts("train")[:20]:
        env.reset(options={"context": context})
        outcome = (None, 0.0, False, False, {})
        while not (outcome[2] or outcome[3]):
            outcome = env.step(int(rng.choice((LEFT, FORWARD, FORWARD))))
        ends.append((outcome[2], outcome[4]["success"]))
    assert (True, False) in ends


def test_every_mission_of_the_level_is_encoded_in_its_own_way():
    assert set(COLORS) == set(COLOR_NAMES)
    missions = [f"go to {article} {c} {o}" for article, c, o in product(("the", "a"), COLORS, OBJECTS)]
    assert len({tuple(encode_mission(mission, 5)) for mission in missions}) == 36
    assert encode_mission("go to the blue ball", 5).tolist() == [1, 2, 3, 5, 11]
    assert encode_mission("go to", 5).tolist() == [1, 2, 0, 0, 0]
    assert encode_mission("open the red door, then go to the box", 12)[4:6].tolist() == [
        WORDS.index(word) for word in (",", "then")
    ]


def test_a_mission_that_cannot_be_encoded_is_refused_with_its_reason():
    with pytest.raises(ValueError, match="'eat the red ball': unknown word 'eat'"):
        encode_mission("eat the red ball", 5)
    with pytest.raises(ValueError, match="6 words, expected at most 5"):
        encode_mission("go to the red red ball", 5)


def test_the_state_tells_apart_what_the_image_does_not(env):
    env.reset(options={"context": GOTO_LOCAL.contexts("test")[0]})
    before = env.state()
    env.step(DONE)
    assert np.flatnonzero(env.state() != before).size == 1  # the step counter
    assert len(before) == 4 * 8 * 8 + 7 + 5


def test_the_state_tells_what_is_in_a_box():
    env = BY_NAME["obstructed-maze-1dlhb"].make_env().unwrapped
    env.reset(options={"context": {"seed": 1}})
    before = env.state()
    next(thing for thing in env.level.grid.grid if thing and thing.type == "box").contains.color = "grey"
    assert np.flatnonzero(env.state() != before).size == 1


@pytest.mark.parametrize("split", ["test", "shift/more-objects", "shift/larger-room"])
def test_a_used_environment_gives_the_same_bits_as_a_fresh_one_whatever_the_seed(env, split):
    digest(env, "train", 1)
    assert digest(env, split, 2, seed=1) == digest(GOTO_LOCAL.make_env(), split, 2, seed=99)


def test_another_process_with_other_environment_variables_gives_the_same_bits(env):
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); from test_minigrid import *\n"
    code += "print(*(digest(GOTO_LOCAL.make_env(), 'test', index) for index in range(5)))"
    variables = {**os.environ, "PYTHONHASHSEED": "7", "BABYAI_DONE_ACTIONS": "1"}
    result = subprocess.run(
        [sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=True, cwd="/"
    )
    assert result.stdout.split() == [digest(env, "test", index) for index in range(5)]


@pytest.mark.parametrize("name", ["door-key-8x8", "key-corridor-s3r3"])
def test_the_contexts_on_disk_are_those_of_their_generator(name):
    task = BY_NAME[name]
    made = load_object(task.make_contexts)()
    assert made == {split.name: list(task.contexts(split.name)) for split in task.splits if not split.of}


@pytest.mark.parametrize("task", FROM_TABLE, ids=lambda task: task.id)
def test_no_level_of_a_sample_is_in_two_splits(task):
    names = [split.name for split in task.splits if split.of is None]
    sample = [context for name in names for context in task.contexts(name)[-12:]]
    assert len(set(digests(task, sample))) == len(sample)


def test_no_two_contexts_of_all_splits_of_door_key_share_a_layout_though_seeds_do():
    task = BY_NAME["door-key-8x8"]
    shipped = [c for name in ("train", "validation", "test") for c in task.contexts(name)]
    assert len(set(digests(task, shipped))) == len(shipped)
    naive = {name: digests(task, contexts) for name, contexts in naive_contexts(task).items()}
    assert set(naive["train"]) & set(naive["test"])


@pytest.mark.parametrize("name", ["goto-local", "key-corridor-s3r3", "put-next-local", "open"])
def test_only_the_shift_of_unseen_missions_has_held_out_phrases(name):
    task = BY_NAME[name]
    env = task.make_env().unwrapped
    for split, context in [(s.name, c) for s in task.splits if not s.of for c in task.contexts(s.name)[:15]]:
        env.reset(options={"context": context})
        assert names_any(env.level.mission, contexts.held_out(task)) == (split == UNSEEN)


def test_words_of_the_held_out_missions_are_all_in_training_missions(env):
    targets = set()
    for context in GOTO_LOCAL.contexts("train"):
        env.reset(options={"context": context})
        targets.add(" ".join(env.level.mission.split()[-2:]))
    held_out = contexts.held_out(GOTO_LOCAL)
    assert targets == {f"{c} {o}" for c, o in product(COLORS, OBJECTS)} - set(held_out)


def test_rooms_of_multiroom_are_placed_at_the_first_try_which_is_known_without_generating():
    for seed, low, high in product(range(20), (0, 3), (4, 23)):
        quick, slow = contexts.QuickIntegers(seed), np_random(seed)[0]
        assert [quick.integers(low, high) for _ in range(80)] == slow.integers(low, high, 80).tolist()
    task = BY_NAME["multiroom-n7-s8"]
    assert all(contexts.places_at_once(task, context) for context in task.contexts("test")[:20])
    split = task.split("train")
    assert list(islice(contexts.candidates(task, split, count(10_000_000)), 5)) == list(
        task.contexts("train")[:5]
    )


def test_other_colors_change_the_view_and_the_mission_but_not_the_way():
    task = BY_NAME["obstructed-maze-1dlhb"]
    env = task.make_env()
    for index in range(3):
        plain, other = (
            rollout(task, env, task.make_expert(), index, seed=0, split=split)
            for split in ("test", "shift/colors")
        )
        assert env.level.mission == "pick up the grey ball"
        assert plain.actions.tolist() == other.actions.tolist()
        assert (plain.observations["image"] != other.observations["image"]).any()


def test_other_colors_do_not_outlast_their_episode():
    env = BY_NAME["lava-crossing-s11n5"].make_env()
    missions = []
    for recolor in (0, 2, 0):
        env.reset(options={"context": {"seed": 5, "recolor": recolor}})
        missions.append(env.level.mission)
    assert missions[1] == missions[0].replace("green", "purple")
    assert missions[2] == missions[0]


def test_levels_of_boss_level_are_in_the_bins_they_are_said_to_be_in():
    task, bot = BY_NAME["boss-level"], BY_NAME["boss-level"].make_expert()
    env = task.make_env().unwrapped
    for split, context in [(s, c) for s in task.split_names for c in task.contexts(s)[:2]]:
        env.reset(options={"context": context})
        assert boss.fits(split, len(clauses(env.level)), boss.bot_length(env, bot))


def test_bins_of_boss_level_do_not_overlap():
    names = [name for name in BY_NAME["boss-level"].split_names if name not in ("validation", "test")]
    for num_clauses, length in product(range(1, 5), (1, 100, 101, 130, 131, 170, 171)):
        assert sum(boss.fits(name, num_clauses, length) for name in names) == 1


def test_a_disturbed_episode_pairs_with_its_level_and_the_planner_still_wins_most():
    task = BY_NAME["door-key-8x8"]
    assert task.contexts("shift/sticky-action-1")[3].items() >= task.contexts("test")[3].items()
    env, planner = task.make_env(), task.make_expert()
    trajectories = [rollout(task, env, planner, i, seed=i, split="shift/random-action-2") for i in range(8)]
    assert np.mean([trajectory.success for trajectory in trajectories]) >= 0.85
