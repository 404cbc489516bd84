from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilbench.guest.faults import describe, describe_trace
from ilbench.plain_text import one_line


def test_what_was_raised_is_described_in_one_line_with_its_place():
    try:
        int("seven\nteen")
    except ValueError as error:
        told = describe(error)
    assert told.startswith(
        "ValueError: invalid literal for int() with base 10: 'seven\\nteen' (test_faults.py:"
    )
    assert told.endswith("in test_what_was_raised_is_described_in_one_line_with_its_place)")


def test_an_error_that_was_never_raised_has_no_place():
    assert describe(ValueError("a\n   b")) == "ValueError: a b"


def test_a_long_message_is_cut():
    assert len(describe(ValueError("x" * 10_000))) == 500


class SilentError(Exception):
    def __str__(self):
        raise RuntimeError("never")


class WordlessError(Exception):
    def __str__(self):
        return 7


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("\x1b[2J\u202egone\u200b\ud800\x00"), "ValueError: [2Jgone"),
        (SilentError(), "SilentError: (no message: RuntimeError while it was made)"),
        (WordlessError(), "WordlessError: (no message: TypeError while it was made)"),
        (type("a\nb\x1b", (Exception,), {})("why"), "a b: why"),
        (ValueError("x" * 10**7), "ValueError: " + "x" * 488),
        (ValueError("π₀ fails"), "ValueError: π₀ fails"),
    ],
    ids=["controls", "raises", "no text", "name", "long", "letters"],
)
def test_whatever_was_raised_is_one_printable_bounded_line(error, told):
    assert describe(error) == told


def raised_in(name, **module):
    """Returns the error of a function that has a name and a module of its own."""
    scope = {"__name__": "odd", **module}
    exec(compile("def f(): raise ValueError('why')", f"/nowhere/{name}.py", "exec"), scope)
    scope["f"].__code__ = scope["f"].__code__.replace(co_name=name)
    try:
        scope["f"]()
    except ValueError as error:
        return error


def test_a_place_is_printable_and_bounded_too():
    told = describe(raised_in("\x1b" + "n" * 400))
    assert told.isprintable()
    assert len(told) < 500


def test_a_module_whose_source_cannot_be_had_has_a_traceback_all_the_same():
    class Loader:
        def get_source(self, name):
            raise ZeroDivisionError

    error = raised_in("odd", __loader__=Loader())
    assert describe(error).endswith("(odd.py:1, in odd)")
    assert 'File "/nowhere/odd.py", line 1, in odd' in describe_trace(error)


@given(message=st.text())
def test_the_line_is_left_as_it_is_by_the_side_that_records_it(message):
    told = describe(ValueError(message))
    assert one_line(told, 1000) == one_line(one_line(told, 1000), 1000)
    assert told == one_line(told, 1000) or not told.isprintable()
