"""Text of others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilbench.plain_text import (
    CUT,
    FILE_NAME_BYTES,
    distinct_lines,
    file_name,
    one_line,
    printable,
    printable_lines,
)


@pytest.mark.parametrize("shown", [printable, one_line])
@given(text=st.text(), limit=st.integers(2, 50))
def test_what_is_left_is_one_printable_line_within_its_limit_that_a_file_can_hold(shown, text, limit):
    line = shown(text, limit)
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


def test_blanks_that_align_stay_where_they_are_asked_for():
    assert printable("checkpoint  a\nb") == "checkpoint  a b"


def test_lines_and_tabs_stay_lines_and_tabs_without_what_a_terminal_obeys():
    assert printable_lines("a\tb\r\n\x1b[2J\u202ec\ud800") == "a\tb\r\n[2Jc"


@given(texts=st.sets(st.text(), max_size=8), limit=st.integers(12, 40))
def test_different_texts_become_different_printable_lines_whatever_their_order(texts, limit):
    lines = distinct_lines(texts, limit)
    assert lines.keys() == texts
    assert len(set(lines.values())) == len(texts)
    assert all(line.isprintable() and 0 < len(line) <= limit for line in lines.values())
    assert distinct_lines(sorted(texts, reverse=True), limit) == lines


@pytest.mark.parametrize(
    ("texts", "lines"),
    [
        (["transformer-seed-best", "transformer-seed-last"], ["transf…-best", "transf…-last"]),
        (["a" * 30 + "1" + "b" * 30, "a" * 30 + "2" + "b" * 30], ["aaaa…aa1bbb…", "aaaa…aa2bbb…"]),
        (["caf\u00e9", "cafe\u0301"], ["caf\u00e9 (2)", "cafe\u0301"]),
        (["a\x00", "a"], ["a (2)", "a"]),
        ([""], ["(1)"]),
    ],
    ids=["at the end", "in the middle", "composed", "invisible", "empty"],
)
def test_texts_stay_apart_wherever_they_differ(texts, lines):
    assert [distinct_lines(texts, 12)[text] for text in texts] == lines


@given(text=st.text(max_size=400))
def test_any_text_is_the_name_of_a_file_that_can_be_made(text, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / file_name(f"{text}-full")
    path.touch()
    assert path.parent == tmp_path_factory.getbasetemp()
    assert len(path.name.encode()) <= FILE_NAME_BYTES
    assert not path.name.startswith(".")


def test_long_names_of_files_that_differ_at_their_ends_differ():
    assert file_name("x" * 300 + "1") != file_name("x" * 300 + "2")


@pytest.mark.parametrize(("text", "name"), [("CON.x", "_CON.x"), ("..", "_.."), ("π₀, 50", "π₀--50")])
def test_no_name_of_a_file_is_hidden_or_reserved(text, name):
    assert file_name(text) == name
