from __future__ import annotations

import numpy as np
import pytest

from ilbench.guest.answers import Answer, pack_answer
from ilbench.guest.arrays import SharedArrays
from ilbench.guest.channel import ChannelBrokenError
from ilbench.guest.network.rows import TravelingRows

FIELDS = [("state", (8, 3), "<f4"), ("image", (8, 2, 2), "|u1")]


@pytest.fixture
def arrays():
    return SharedArrays(-1, 8, FIELDS, ((2,), "<f4"))


@pytest.mark.parametrize(("lanes", "rows"), [((0,), 1), ((0, 1), 2), ((5,), 6), (tuple(range(8)), 8)])
def test_rows_up_to_the_last_lane_travel(arrays, lanes, rows):
    pieces = TravelingRows(arrays, 8).ask(lanes)
    assert [len(piece) for piece in pieces] == [rows * 12, rows * 4]


def test_what_is_written_into_a_piece_is_in_the_array(arrays):
    TravelingRows(arrays, 8).ask((0, 1))[0][12:24] = np.arange(3, dtype="<f4").tobytes()
    assert arrays.observations["state"][1].tolist() == [0.0, 1.0, 2.0]


def test_rows_behind_those_of_a_question_are_zeros(arrays):
    rows = TravelingRows(arrays, 8)
    rows.question((0, 7))
    arrays.observations["state"][...] = 1
    rows.question((0, 2))
    assert arrays.observations["state"][:, 0].tolist() == [1, 1, 1, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("lanes", [(8,), (0, 0), (65535,)])
def test_lanes_that_there_are_not_are_refused(arrays, lanes):
    with pytest.raises(ChannelBrokenError, match="expected some below 8, each once"):
        TravelingRows(arrays, 8).question(lanes)


def test_actions_travel_up_to_the_last_lane_and_the_longest_chunk(arrays):
    rows = TravelingRows(arrays, 8)
    rows.ask((0, 3))
    answer = Answer(np.zeros((8, 5, 2), "<f4"), [5, 0, 0, 2, 0, 0, 0, 0], {})
    (piece,) = rows.answer(pack_answer(answer, (0, 3)))
    assert len(piece) == 4 * 5 * 2 * 4


@pytest.mark.parametrize("packed", [b"", b"\x01", b"\xff\xff\xff\xff", b"\x00\x00\x00\x00"])
def test_an_answer_that_makes_no_sense_has_no_actions(arrays, packed):
    rows = TravelingRows(arrays, 8)
    rows.ask((0, 1))
    assert rows.answer(packed) == []
