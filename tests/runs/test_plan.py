from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ilbench.contract.registry import find_task
from ilbench.errors import UnknownNameError
from ilbench.runs.plan import Block, expand, make_plan, num_planned

AVOIDING = find_task("d3il/avoiding-v3")
BLOCKS = st.builds(
    Block,
    task=st.sampled_from(["a/b-v1", "a/c-v1"]),
    split=st.sampled_from(["train", "test"]),
    num_contexts=st.integers(1, 9),
    num_repeats=st.integers(1, 9),
)


def test_a_block_repeats_each_context_side_by_side():
    block = Block(task="a/b-v1", split="test", num_contexts=2, num_repeats=2)
    assert [(e.context, e.repeat) for e in block.episodes()] == [(0, 0), (0, 1), (1, 0), (1, 1)]


def test_a_preset_says_how_much_is_run():
    plan = make_plan([AVOIDING], splits=["test"], preset="full")
    assert len(expand(plan)) == 480


def test_a_preset_may_cover_shifts_by_other_numbers():
    (block,) = make_plan([AVOIDING], splits=["shift/context-range-1"], preset="full")
    assert (block.num_contexts, block.num_repeats) == (16, 30)


def test_given_numbers_replace_those_of_the_preset_up_to_what_there_is():
    (block,) = make_plan([AVOIDING], splits=["test"], num_contexts=99, num_repeats=3)
    assert (block.num_contexts, block.num_repeats) == (1, 3)


def test_shift_and_all_stand_for_the_splits_they_name():
    shifts = {block.split for block in make_plan([AVOIDING], splits=["shift"])}
    assert shifts == {name for name in AVOIDING.split_names if name.startswith("shift/")}
    assert [block.split for block in make_plan([AVOIDING], splits=["all"])] == list(AVOIDING.split_names)


def test_unknown_splits_and_presets_are_named():
    with pytest.raises(UnknownNameError, match="no split named 'tests'; did you mean 'test'"):
        make_plan([AVOIDING], splits=["tests"])
    with pytest.raises(UnknownNameError, match="no preset named 'ful'; did you mean 'full'"):
        make_plan([AVOIDING], preset="ful")


@given(st.lists(BLOCKS, max_size=4, unique_by=lambda block: (block.task, block.split)))
def test_a_plan_has_every_context_and_repeat_once_and_in_its_order(blocks):
    episodes = expand(blocks)
    order = {(block.task, block.split): place for place, block in enumerate(blocks)}
    assert len(episodes) == len(set(episodes)) == num_planned(blocks)
    assert list(episodes) == sorted(episodes, key=lambda e: (order[e.task, e.split], e.context, e.repeat))


@given(st.integers(1, 20), st.integers(1, 20), st.integers(1, 5))
def test_more_contexts_only_add_episodes(few, more, num_repeats):
    small, large = (
        Block(task="a/b-v1", split="test", num_contexts=n, num_repeats=num_repeats) for n in (few, few + more)
    )
    assert large.episodes()[: few * num_repeats] == small.episodes()


@pytest.mark.parametrize("name", ["num_contexts", "num_repeats"])
def test_a_block_without_an_episode_is_refused(name):
    with pytest.raises(ValidationError, match=name):
        Block.model_validate(
            {"task": "a/b-v1", "split": "test", "num_contexts": 1, "num_repeats": 1, name: 0}
        )


def test_tasks_and_their_splits_keep_their_order():
    pointmaze = find_task("navigation/pointmaze-umaze-v1")
    plan = make_plan([pointmaze, AVOIDING], splits=["test", "train"], num_contexts=1, num_repeats=1)
    assert [block.task for block in plan] == [pointmaze.id] * 2 + [AVOIDING.id] * 2
    assert [block.split for block in plan[:2]] == [n for n in pointmaze.split_names if n in ("train", "test")]
