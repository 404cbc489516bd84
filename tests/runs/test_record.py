"""Records: whose fault a status is, what a digest covers, and that all survives the way over JSON."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ilbench.digest import canonical_json
from ilbench.runs.identity import EpisodeId
from ilbench.runs.journal import Journal, read_journal, to_line
from ilbench.runs.record import POLICY_FAULTS, EpisodeRecord, Status, Times

COUNTS = st.integers(0, 2**63 - 1)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
RECORDS = st.builds(
    EpisodeRecord,
    task=st.text(max_size=20),
    split=st.text(max_size=20),
    context=COUNTS,
    repeat=COUNTS,
    env_seed=COUNTS,
    policy_seed=COUNTS,
    initial_digest=st.none() | st.text(max_size=20),
    status=st.sampled_from(get_args(Status)),
    reason=st.none() | st.text(max_size=40),
    success=st.none() | st.booleans(),
    episode_return=NUMBERS,
    length=COUNTS,
    terminated=st.booleans(),
    truncated=st.booleans(),
    mode=st.none() | COUNTS,
    action_digest=st.text(max_size=20),
    times=st.builds(Times, env_s=NUMBERS, policy_s=NUMBERS),
    final_success=st.none() | st.booleans(),
)
RECORD = EpisodeRecord(
    task="a/b-v1",
    split="test",
    context=3,
    repeat=1,
    env_seed=0,
    policy_seed=0,
    initial_digest=None,
    status="ok",
    reason=None,
    success=True,
    episode_return=1.0,
    length=1,
    terminated=True,
    truncated=False,
    mode=None,
    action_digest="",
    times=Times(env_s=0.0, policy_s=0.0),
)


@given(RECORDS)
def test_any_record_survives_the_way_over_json(record):
    text = canonical_json(record.content()).encode()
    assert EpisodeRecord.from_json(text) == record == EpisodeRecord.model_validate_json(text)
    assert EpisodeRecord.from_json(text).digest() == record.digest()


@given(st.lists(RECORDS, max_size=3))
def test_any_records_survive_the_way_over_a_journal(tmp_path_factory, records):
    path = tmp_path_factory.mktemp("run") / "journal.jsonl"
    with Journal(path) as journal:
        for record in records:
            journal.append(record)
    assert read_journal(path) == tuple(records)
    assert path.read_text(encoding="utf-8") == "".join(map(to_line, records))


@given(RECORDS, st.builds(Times, env_s=NUMBERS, policy_s=NUMBERS))
def test_how_long_it_took_is_outside_the_digest(record, times):
    assert record.model_copy(update={"times": times}).digest() == record.digest()


def test_records_that_are_read_share_the_names_of_task_and_split():
    text = canonical_json(RECORD.content()).encode()
    first, second = EpisodeRecord.from_json(text), EpisodeRecord.from_json(text)
    assert first.task is second.task
    assert first.split is second.split


def test_its_identity_is_what_it_was_played_as():
    assert RECORD.id == EpisodeId("a/b-v1", "test", 3, 1)


def test_what_is_not_known_is_not_written():
    assert "final_success" not in RECORD.content()
    assert RECORD.model_copy(update={"final_success": False}).content()["final_success"] is False
    assert "times" not in RECORD.content(times=False)


def test_every_fault_but_the_environments_is_the_policys():
    assert set(get_args(Status)) - POLICY_FAULTS == {"ok", "env_error"}


@pytest.mark.parametrize("change", [{"context": -1}, {"status": "lost"}, {"success": "yes?"}, {"bonus": 1}])
def test_what_is_no_record_is_refused(change):
    with pytest.raises(ValidationError, match=next(iter(change))):
        EpisodeRecord.model_validate({**RECORD.content(), **change})
