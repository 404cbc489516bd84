from __future__ import annotations

import json
import random
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilbench.guest.answers import (
    MAX_CHUNK,
    MAX_FAULT,
    STATUSES,
    Answer,
    LaneFault,
    pack_answer,
    unpack_answer,
)
from ilbench.guest.channel import MAX_MESSAGE

FAULTS = st.builds(LaneFault, st.sampled_from(STATUSES), st.text(max_size=40), st.text(max_size=40))
LANES = st.dictionaries(st.integers(0, 15), st.one_of(st.integers(1, MAX_CHUNK), FAULTS), min_size=1)


def answer_of(lanes):
    """Returns an answer with these lengths and faults, and its live lanes."""
    lengths = [lanes[n] if isinstance(lanes.get(n), int) else 0 for n in range(16)]
    faults = {lane: what for lane, what in lanes.items() if not isinstance(what, int)}
    return Answer(np.zeros((16, 1)), lengths, faults), sorted(lanes)


@given(LANES)
def test_lengths_and_faults_arrive_as_they_were_sent(lanes):
    answer, live = answer_of(lanes)
    lengths, faults = unpack_answer(pack_answer(answer, live), live, 16)
    assert (list(lengths), faults) == (answer.lengths, answer.faults)


def test_whatever_has_to_be_told_fits_into_a_message():
    told = LaneFault("policy_error", "\U0001f600" * 500, "\U0001f600" * MAX_FAULT)
    for width in (1, 8, 1024):
        faults = dict.fromkeys(range(width), told)
        packed = pack_answer(Answer(np.zeros((width, 1)), [0] * width, faults), range(width))
        assert len(packed) < MAX_MESSAGE
        assert unpack_answer(packed, range(width), width)[1].keys() == faults.keys()


def test_of_a_traceback_that_is_cut_the_end_is_left():
    faults = {lane: LaneFault("policy_error", "why", "frame " * 2000 + "last") for lane in range(64)}
    packed = pack_answer(Answer(np.zeros((64, 1)), [0] * 64, faults), range(64))
    assert unpack_answer(packed, range(64), 64)[1][63].trace.endswith("last")


def sent(*lengths, faults=None):
    packed = struct.pack(f"<{len(lengths)}H", *lengths)
    return packed if faults is None else packed + json.dumps(faults).encode()


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        sent(1),
        sent(1, 0),
        sent(1, MAX_CHUNK + 1),
        sent(1, 1) + b"x",
        sent(1, 1, faults=[]) + b"]",
        sent(1, 1, faults=[[3, "policy_error", "", ""]]),
        sent(1, 0, faults=[[9, "policy_error", "", ""]]),
        sent(1, 0, faults=[[3, "ok", "", ""]]),
        sent(1, 0, faults=[[3, "policy_error", 7, ""]]),
        sent(1, 0, faults=[[3, "policy_error", ""]]),
        sent(1, 0, faults=[[3.0, "policy_error", "", ""]]),
        sent(0, 0, faults=[[True, "policy_error", "", ""], [3, "policy_error", "", ""]]),
        sent(1, 0, faults=[[3, "policy_error", "", ""]] * 2),
        sent(1, 0, faults={"3": "policy_error"}),
        sent(1, 0) + b"[" * 100_000,
        sent(1, 0) + b"\xff\xfe",
        sent(1, 0) + b"9" * 100_000,
    ],
)
def test_an_answer_of_another_form_is_refused(packed):
    with pytest.raises(ValueError, match=r"expected|Expecting|Extra|decode|digits|delimiter"):
        unpack_answer(packed, [1, 3], 8)


def test_a_thousand_mutations_are_understood_or_refused():
    rng, live = random.Random(0), [1, 3]
    whole = sent(2, 0, faults=[[3, "policy_error", "why", "trace"]])
    for _ in range(5000):
        packed = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            packed[rng.randrange(len(packed))] = rng.randrange(256)
        try:
            lengths, faults = unpack_answer(bytes(packed[: rng.randint(0, len(packed))] or packed), live, 8)
        except ValueError:
            continue
        assert all(1 <= lengths[lane] <= MAX_CHUNK or lane in faults for lane in live)
