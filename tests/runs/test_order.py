"""The order of records: that of the plan, however they lie in the journal."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilbench.errors import CorruptFileError
from ilbench.runs.order import in_plan_order
from ilbench.runs.plan import Block
from ilbench.testing.records import TASK_ID, make_record, make_records

FILE = Path("journal.jsonl")
PLAN = (Block(task=TASK_ID, split="test", num_contexts=6, num_repeats=1),)


def ordered(*records):
    return in_plan_order(FILE, PLAN, records)


@given(st.permutations(range(6)), st.sets(st.integers(0, 5)))
def test_any_order_of_records_with_errors_played_again_is_one_run(order, failed):
    played = [make_record(i, status="env_error" if i in failed else "ok") for i in order]
    found = ordered(*played, *(make_record(i) for i in order if i in failed))
    assert found.records == tuple(make_records([1] * 6))
    assert {record.context for record in found.replaced} == failed
    assert all(record.status == "env_error" for record in found.replaced)


@given(st.permutations(range(6)))
def test_only_a_journal_in_plan_order_is_sealed(order):
    assert ordered(*map(make_record, order)).is_sealed == (list(order) == sorted(order))


@given(st.lists(st.integers(0, 5)), st.data())
def test_equal_records_count_once_however_often_they_were_written(again, data):
    written = data.draw(st.permutations([*range(6), *again]))
    found = ordered(*(make_record(i, times={"env_s": at, "policy_s": 0}) for at, i in enumerate(written)))
    assert [record.digest() for record in found.records] == [make_record(i).digest() for i in range(6)]
    assert found.replaced == ()


def test_records_of_one_episode_that_differ_are_named_by_both_lines():
    with pytest.raises(CorruptFileError, match=r"jsonl:3: .*test\[1\] repeat 0 is recorded .* line 2"):
        ordered(make_record(0), make_record(1), make_record(1, False))


def test_an_error_after_a_record_does_not_replace_it():
    with pytest.raises(CorruptFileError, match=r"jsonl:2: .* otherwise than in line 1"):
        ordered(make_record(0), make_record(0, status="env_error"))


def test_an_episode_outside_the_plan_is_named():
    with pytest.raises(CorruptFileError, match=r"jsonl:1: episode .*test\[6\].* is not in the run's plan"):
        ordered(make_record(6))
