"""Findings: plain text, and an exit code for the worst."""

from __future__ import annotations

import pytest

from ilbench.vetting.finding import doubtful, exit_code, fine, wrong


def test_what_strangers_wrote_becomes_one_printable_line():
    found = wrong("name", "two\nlines \x1b[31m", "mend\tit").found
    assert found.isprintable()
    assert "\n" not in found


@pytest.mark.parametrize(
    ("findings", "code"),
    [
        ([], 0),
        ([fine("a", "b")], 0),
        ([fine("a", "b"), doubtful("a", "b", "c")], 1),
        ([wrong("a", "b", "c"), doubtful("a", "b", "c")], 2),
    ],
)
def test_the_exit_code_is_that_of_the_worst(findings, code):
    assert exit_code(findings) == code
