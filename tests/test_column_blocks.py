import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilbench.column_blocks import blocks, shared_room, width_of

WIDTHS = st.lists(st.integers(0, 30), min_size=1, max_size=12)


def test_columns_that_have_room_stand_in_one_block():
    assert blocks([10, 10, 10], 34) == ((0, 1, 2),)


def test_every_further_block_begins_with_the_names():
    assert blocks([10, 5, 20, 20], 40, kept=2) == ((0, 1, 2), (0, 1, 3))


def test_a_column_without_room_beside_the_names_has_a_block_of_its_own():
    assert blocks([10, 50, 5], 20) == ((0, 1), (0, 2))


def test_a_table_of_names_alone_is_one_block():
    assert blocks([50], 20) == ((0,),)


@given(widths=WIDTHS, room=st.integers(1, 80), kept=st.integers(0, 3))
def test_every_column_stands_once_and_in_its_order(widths, room, kept):
    names = tuple(range(min(kept, len(widths))))
    found = blocks(widths, room, kept=kept)
    assert all(block[: len(names)] == names for block in found)
    rest = [index for block in found for index in block[len(names) :]]
    assert [*names, *rest] == list(range(len(widths)))


@given(widths=WIDTHS, room=st.integers(1, 80))
def test_only_a_block_of_one_column_beside_the_names_is_too_wide(widths, room):
    too_wide = [block for block in blocks(widths, room) if width_of([widths[i] for i in block]) > room]
    assert all(len(block) <= 2 for block in too_wide)


@pytest.mark.parametrize(("room", "widths"), [(5, (10, 10)), (30, (12, 18)), (500, (12, 90))])
def test_room_is_shared_up_to_what_each_needs(room, widths):
    assert shared_room([10, 10], [12, 90], room) == widths
