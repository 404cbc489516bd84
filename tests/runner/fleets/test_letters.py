from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilbench.runner.fleets.letters import HEAD, MAX_LETTER, LetterError, LetterReader, sealed_letter


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    yield ours, theirs
    ours.close()
    theirs.close()


@given(st.lists(st.binary(max_size=40), max_size=5), st.integers(1, 60))
def test_letters_arrive_whole_and_in_order_in_whatever_pieces(letters, size):
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    reader, read, stream = LetterReader(), [], b"".join(map(sealed_letter, letters))
    for start in range(0, len(stream), size):
        theirs.sendall(stream[start : start + size])
        while (letter := reader.read(ours)) is not None:
            read.append(letter)
    assert read == letters
    ours.close()
    theirs.close()


def test_half_a_letter_is_not_waited_for(ends):
    reader = LetterReader()
    ends[1].sendall(sealed_letter(b"whole")[:-1])
    assert (reader.read(ends[0]), reader.has_letter) == (None, False)


def test_what_has_been_read_along_with_a_letter_is_known_to_be_there(ends):
    reader = LetterReader()
    ends[1].sendall(sealed_letter(b"one") + sealed_letter(b"two"))
    assert (reader.read(ends[0]), reader.has_letter, reader.read(ends[0])) == (b"one", True, b"two")


def test_a_letter_longer_than_any_is_refused_before_it_is_read(ends):
    ends[1].sendall(HEAD.pack(MAX_LETTER + 1))
    with pytest.raises(LetterError, match="expected at most"):
        LetterReader().read(ends[0])


def test_the_end_is_told(ends):
    ends[1].close()
    with pytest.raises(EOFError):
        LetterReader().read(ends[0])
