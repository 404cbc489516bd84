"""Starts and attempts: written beside the records, never lost, never part of what makes runs equal."""

from __future__ import annotations

import os

import pytest

from ilbench.errors import CorruptFileError
from ilbench.runs.attempts import ATTEMPTS, History, attempt_log, keep_replaced, load_history, started
from ilbench.runs.identity import EpisodeId
from ilbench.runs.journal import to_line
from ilbench.testing.records import make_record

EPISODE = EpisodeId("a/b-v1", "test", 3, 1)
FAILED = make_record(3, status="env_error")


def start(folder, num_records=0):
    with started(folder, num_records, {"cores": "2"}, {"cores": "8"}):
        pass


def lines(folder):
    return (folder / ATTEMPTS).read_text().splitlines()


def test_a_folder_without_the_file_has_no_history(tmp_path):
    assert load_history(tmp_path) == History()
    assert History().replaced() == ""


def test_a_start_says_who_where_and_with_how_many_records(tmp_path):
    start(tmp_path, 5)
    first, last = lines(tmp_path)
    assert f'"pid":{os.getpid()},' in first
    assert '"num_records":5,"machine":{"cores":"8"}' in first
    assert last.endswith('"why":"finished"}')


def test_an_error_that_stops_a_run_stands_in_its_end(tmp_path):
    with pytest.raises(ZeroDivisionError), started(tmp_path, 0, {}, {}):
        _ = 1 / 0
    assert lines(tmp_path)[-1].endswith('"why":"ZeroDivisionError: division by zero"}')


def test_what_was_played_again_is_counted_by_episode_and_status(tmp_path):
    start(tmp_path)
    with attempt_log(tmp_path) as log:
        for status in ("env_error", "env_error", "interrupted"):
            log.attempt(EPISODE, status, "why\n\x1b[31m")
    keep_replaced(tmp_path, [FAILED])
    start(tmp_path)
    found = load_history(tmp_path)
    assert found.attempts[0].id == EPISODE
    assert found.attempts[0].reason.isprintable()
    assert found.replaced() == "2 episodes were played more than once: 3 env_error, 1 interrupted; 2 starts"


def test_a_replaced_record_is_kept_whole_and_once(tmp_path):
    for _ in range(2):
        keep_replaced(tmp_path, [FAILED])
    (kept,) = load_history(tmp_path, [FAILED]).attempts
    assert kept.line == to_line(FAILED)
    assert len(lines(tmp_path)) == 1


def test_a_replaced_record_that_is_in_the_journal_still_counts(tmp_path):
    assert (
        load_history(tmp_path, [FAILED]).replaced().startswith("1 episode was played more than once: 1 env")
    )


def test_nothing_is_written_where_nothing_was_replaced(tmp_path):
    keep_replaced(tmp_path, [])
    assert not (tmp_path / ATTEMPTS).exists()


def test_a_line_that_was_not_finished_counts_for_nothing(tmp_path):
    start(tmp_path)
    whole = (tmp_path / ATTEMPTS).read_text()
    (tmp_path / ATTEMPTS).write_text(whole + whole[:30])
    assert load_history(tmp_path).num_starts == 1
    start(tmp_path)
    assert load_history(tmp_path).num_starts == 2


@pytest.mark.parametrize("line", ["{}", "[1]", '{"kind": "end"}', '{"kind": "other"}', "no JSON", "[" * 9999])
def test_a_line_that_is_none_is_named(tmp_path, line):
    (tmp_path / ATTEMPTS).write_text(line + "\n")
    with pytest.raises(CorruptFileError, match=r"attempts\.jsonl:1: "):
        load_history(tmp_path)


def test_a_pipe_in_its_place_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / ATTEMPTS)
    with pytest.raises(CorruptFileError, match="expected a regular file, found a pipe"):
        load_history(tmp_path)
