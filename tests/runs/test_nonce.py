"""Nonces: the same run has the same on one machine, and nobody guesses it elsewhere."""

import multiprocessing
import re

import pytest

from ilbench.errors import UsageError
from ilbench.runs.nonce import KEY_FILE, NONCE_PATTERN, check_nonce, draw_nonce


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.delenv("ILBENCH_NONCE")
    monkeypatch.setenv("ILBENCH_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_the_same_run_has_the_same_nonce_again_and_another_run_another():
    assert draw_nonce("a") == draw_nonce("a") != draw_nonce("b")
    assert re.fullmatch("[0-9a-f]{32}", draw_nonce("a"))


def test_on_another_machine_the_same_run_has_another_nonce(home, monkeypatch):
    here = draw_nonce("a")
    monkeypatch.setenv("ILBENCH_HOME", str(home / "elsewhere"))
    assert draw_nonce("a") != here


def test_the_key_is_its_owners_alone_and_is_written_once(home):
    draw_nonce("a")
    key = (home / KEY_FILE).read_bytes()
    draw_nonce("b")
    assert (home / KEY_FILE).read_bytes() == key
    assert (home / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert [file.name for file in home.iterdir()] == [KEY_FILE]


def test_processes_that_begin_at_once_share_one_key():
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        assert len(set(pool.map(draw_nonce, ["a"] * 6))) == 1


def test_where_nothing_can_be_kept_a_nonce_is_drawn_all_the_same(home, monkeypatch):
    home.write_text("no folder")
    assert draw_nonce("a") != draw_nonce("a")


def test_a_broken_key_is_not_used(home):
    home.mkdir()
    (home / KEY_FILE).write_bytes(b"short")
    assert draw_nonce("a") != draw_nonce("a")


def test_a_variable_says_it_for_every_run(monkeypatch):
    monkeypatch.setenv("ILBENCH_NONCE", "published")
    assert draw_nonce("a") == draw_nonce("b") == "published"


@pytest.mark.parametrize("text", ["", "a b", "x" * 65, "ü", "a\n", "../a/b"])
def test_a_nonce_of_another_form_is_refused(text):
    with pytest.raises(UsageError, match="expected 1 to 64 letters"):
        check_nonce(text)


@pytest.mark.parametrize("text", ["published", "0" * 64, "2026-11-30.a_b"])
def test_a_nonce_is_what_a_header_can_hold(text):
    assert re.fullmatch(NONCE_PATTERN, check_nonce(text))
