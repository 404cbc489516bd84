"""Text of others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilbench.plain_text import CUT, one_line


@given(text=st.text(), limit=st.integers(2, 50))
def test_what_is_left_is_one_printable_line_within_its_limit_that_a_file_can_hold(text, limit):
    line = one_line(text, limit)
    assert len(line) <= limit
    assert all(c.isprintable() for c in line)
    line.encode()


@given(text=st.text())
def test_a_second_time_changes_nothing(text):
    assert one_line(one_line(text)) == one_line(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("π₀, 50 demonstrations", "π₀, 50 demonstrations"),
        ("a\tb\r\n  c", "a b c"),
        ("\x1b[2Jgone\x07", "[2Jgone"),
        ("evil\u202etxt.exe", "eviltxt.exe"),
        ("zero\u200bwidth\ud800", "zerowidth"),
        ("[/red] <b>", "[/red] <b>"),
    ],
)
def test_blanks_are_folded_controls_go_and_letters_and_markup_stay(text, line):
    assert one_line(text) == line


def test_a_text_that_is_cut_says_so():
    assert one_line("abcdef", 4) == "abc" + CUT
    assert one_line("x" * 10**7, 4) == "xxx" + CUT
