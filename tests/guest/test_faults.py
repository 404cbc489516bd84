from __future__ import annotations

from ilbench.guest.faults import describe


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
