"""Access to servers: the token comes from a file or from the environment."""

from __future__ import annotations

import pytest

from ilbench.errors import CorruptFileError
from ilbench.runner.submissions.access import TOKEN_VARIABLE, ServerAccess, read_token


def test_a_token_is_read_from_a_file_without_the_blanks_around_it(tmp_path):
    (tmp_path / "token").write_text("  secret\n")
    assert ServerAccess(token_file=tmp_path / "token").server("a:1").token == "secret"


def test_without_a_file_it_is_that_of_the_environment(monkeypatch):
    monkeypatch.setenv(TOKEN_VARIABLE, "known")
    assert read_token(None) == "known"
    monkeypatch.delenv(TOKEN_VARIABLE)
    assert read_token(None) == ""


def test_a_token_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CorruptFileError, match="nowhere"):
        read_token(tmp_path / "nowhere")
