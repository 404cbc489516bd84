"""Which files a run scored, kept to say what changed since."""

from __future__ import annotations

import pytest

from ilbench.runs.submitted import FILES, changes, differences, keep_files

OLD = {"a.py": "file:1", "b.py": "file:2", "\udcff": "file:3"}


def test_what_changed_is_said_in_words(tmp_path):
    keep_files(tmp_path, OLD)
    assert changes(tmp_path, {"a.py": "file:9", "c.py": "file:2", "\udcff": "file:3"}) == (
        "a.py changed, b.py is gone, c.py is new"
    )
    assert changes(tmp_path, OLD) == ""


def test_of_many_the_first_are_named_and_the_others_counted():
    new = {f"{number:02}.pt": "" for number in range(12)}
    assert differences({}, new).endswith("04.pt is new, 7 more")


def test_a_name_that_would_break_the_line_does_not():
    assert differences({}, {"a\n\x1b[31m": ""}) == "a [31m is new"


def test_of_no_files_nothing_is_kept_and_nothing_is_known(tmp_path):
    keep_files(tmp_path, {})
    assert list(tmp_path.iterdir()) == []
    assert changes(tmp_path, OLD) == ""


def test_the_files_of_another_submission_take_their_place(tmp_path):
    keep_files(tmp_path, OLD)
    keep_files(tmp_path, {"a.py": "file:4"})
    assert changes(tmp_path, OLD).startswith("a.py changed")


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b'{"a": 1}', b"[" * 100_000])
def test_what_cannot_be_read_says_nothing(tmp_path, content):
    (tmp_path / FILES).write_bytes(content)
    assert changes(tmp_path, OLD) == ""
