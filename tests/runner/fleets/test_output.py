from __future__ import annotations

import os
import time

import pytest

from ilbench.runner.fleets.output import LINE_LIMIT, MAX_LINES, OverheardOutput


@pytest.fixture
def printed(capsys):
    """Returns a function that prints into the pipe, and returns what is shown, line by line."""

    def show(*texts, label="mine:Policy"):
        read, write = os.pipe()
        overheard = OverheardOutput(read, label)
        for text in texts:
            os.write(write, text)
        os.close(write)
        overheard.finish()
        return capsys.readouterr().err.splitlines()

    return show


def test_a_line_is_shown_with_the_name_of_the_policy(printed):
    assert printed(b"loading\nhalf", b" a line\n") == ["[mine:Policy] loading", "[mine:Policy] half a line"]


def test_nothing_that_a_terminal_obeys_comes_through(printed):
    (line,) = printed(b"\x1b[2J\x07red\x9b\xff\n\r\n", label="a\x1b[31mb")
    assert line == "[a[31mb] [2Jred" + 2 * "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize("text", [b"x\n" * 60_000, b"y" * 120_000, b"z" * 500 + b"\n"])
def test_who_prints_without_end_is_cut_and_not_stopped(printed, text):
    lines = printed(text, text)
    assert len(lines) <= MAX_LINES + 1
    assert max(map(len, lines)) <= LINE_LIMIT + len("[mine:Policy] ")
    assert len(text) < 1000 or lines[-1].startswith("[mine:Policy] output cut")


def test_who_keeps_the_pipe_open_is_not_waited_for():
    read, write = os.pipe()
    start = time.monotonic()
    OverheardOutput(read, "mine").finish()
    assert time.monotonic() - start < 2.0
    os.close(write)
