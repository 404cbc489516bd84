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
from ilbench.testing.records import TASK_ID, make_record

COUNTS = st.integers(0, 2**63 - 1)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
SECONDS = st.floats(0, 1e9)
DIGESTS = st.text("0123456789abcdef", min_size=32, max_size=32)
TIMES = st.builds(Times, env_s=SECONDS, policy_s=SECONDS)
SHOWN = {
    "task": st.text(max_size=20),
    "split": st.text(max_size=20),
    "context": COUNTS,
    "repeat": COUNTS,
    "env_seed": COUNTS,
    "policy_seed": COUNTS,
    "initial_digest": DIGESTS,
    "episode_return": NUMBERS,
    "length": st.integers(1, 2**63 - 1),
    "mode": st.none() | COUNTS,
    "action_digest": DIGESTS,
    "times": TIMES,
}
PLAYED = st.booleans().flatmap(
    lambda is_success: st.builds(
        make_record,
        context=SHOWN["context"],
        success=st.just(is_success),
        final_success=st.none() | (st.booleans() if is_success else st.just(False)),
        **{name: strategy for name, strategy in SHOWN.items() if name != "context"},
    )
)
FAULTY = st.builds(
    make_record,
    status=st.sampled_from(sorted(set(get_args(Status)) - {"ok"})),
    reason=st.text(max_size=40),
    **SHOWN,
)
RECORDS = PLAYED | FAULTY
RECORD = make_record(3, repeat=1, length=1)


@given(RECORDS)
def test_any_record_survives_the_way_over_json(record):
    text = canonical_json(record.content()).encode()
    assert EpisodeRecord.from_json(text) == record == EpisodeRecord.model_validate_json(text)
    assert EpisodeRecord.from_json(text).digest() == record.digest()


@given(st.lists(RECORDS, max_size=3))
def test_any_records_survive_the_way_over_a_journal(tmp_path_factory, records):
    path = tmp_path_factory.mktemp("run") / "journal.jsonl"
    with Journal.open(path) as journal:
        for record in records:
            journal.append(record)
    assert read_journal(path) == tuple(records)
    assert path.read_text(encoding="utf-8") == "".join(map(to_line, records))


@given(RECORDS, TIMES)
def test_how_long_it_took_is_outside_the_digest(record, times):
    assert record.model_copy(update={"times": times}).digest() == record.digest()


def test_records_that_are_read_share_the_names_of_task_and_split():
    text = canonical_json(RECORD.content()).encode()
    first, second = EpisodeRecord.from_json(text), EpisodeRecord.from_json(text)
    assert first.task is second.task
    assert first.split is second.split


def test_its_identity_is_what_it_was_played_as():
    assert RECORD.id == EpisodeId(TASK_ID, "test", 3, 1)


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


FIELDS = {"length": "3", "success": 1, "mode": 1.5, "terminated": "true", "times": []}


@pytest.mark.parametrize("field", FIELDS)
def test_a_line_whose_field_is_of_another_type_is_no_record(field):
    content = RECORD.content() | {field: FIELDS[field]}
    with pytest.raises(ValidationError, match=field):
        EpisodeRecord.from_json(canonical_json(content).encode())


NUMBERS_THAT_ARE_NONE = {"NaN": float("nan"), "inf": float("inf"), "-inf": -float("inf")}


@pytest.mark.parametrize("value", NUMBERS_THAT_ARE_NONE.values(), ids=NUMBERS_THAT_ARE_NONE)
@pytest.mark.parametrize("field", ["episode_return", "env_s", "policy_s"])
def test_a_number_that_is_none_is_refused(field, value):
    times = {"env_s": 0.0, "policy_s": 0.0}
    change = {"times": {**times, field: value}} if field in times else {field: value}
    with pytest.raises(ValidationError, match=field):
        EpisodeRecord.model_validate({**RECORD.content(), **change})


IMPOSSIBLE = {
    "ok with a reason": ({"reason": "why"}, "reason"),
    "ok without success or failure": ({"success": None}, "success"),
    "ok and not ended": ({"terminated": False}, "truncated"),
    "ended twice": ({"truncated": True}, "truncated"),
    "ok without a step": ({"length": 0}, "length"),
    "ok without a start": ({"initial_digest": None}, "initial_digest"),
    "failed at last, and no success ever": ({"success": False, "final_success": True}, "final_success"),
    "a fault without a reason": ({"status": "timeout"}, "reason"),
    "a fault with success": ({"status": "timeout", "reason": "why"}, "success"),
    "a fault after the end": ({"status": "policy_error", "reason": "why", "success": False}, "terminated"),
    "our fault, and a success": ({"status": "env_error", "reason": "why"}, "success"),
    "our fault, and a last step": (
        {"status": "env_error", "reason": "why", "success": None, "final_success": False},
        "final_success",
    ),
    "a return of no step": (
        {"status": "env_error", "reason": "why", "success": None, "length": 0, "episode_return": 1.0},
        "episode_return",
    ),
    "a time below zero": ({"times": {"env_s": -1.0, "policy_s": 0.0}}, "env_s"),
    "a digest of another form": ({"action_digest": "0" * 31 + "X"}, "action_digest"),
    "a context beyond any": ({"context": 2**63}, "context"),
}


@pytest.mark.parametrize(("change", "field"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_a_record_that_cannot_be_is_refused_by_its_field(change, field):
    with pytest.raises(ValidationError, match=field):
        EpisodeRecord.model_validate({**RECORD.content(), **change})
