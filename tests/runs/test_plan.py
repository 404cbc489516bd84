from __future__ import annotations

import pytest

from ilbench.contract.registry import find_task
from ilbench.errors import UnknownNameError
from ilbench.runs.plan import Block, expand, make_plan

AVOIDING = find_task("d3il/avoiding-v2")


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
