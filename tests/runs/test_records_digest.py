"""Digests of records: what changes them, and what does not."""

import pytest

from ilbench.runs.record import Times
from ilbench.runs.records_digest import records_digest
from ilbench.testing.records import make_records, make_run

RUN = make_run(make_records((1, 0, 1)))


def test_times_are_not_in_the_digest():
    slow = make_run(make_records((1, 0, 1), times=Times(env_s=5.0, policy_s=7.0)))
    assert records_digest(slow) == records_digest(RUN)


@pytest.mark.parametrize("changes", [{"length": 4}, {"mode": 1}, {"action_digest": "2" * 32}])
def test_everything_else_is(changes):
    assert records_digest(make_run(make_records((1, 0, 1), **changes))) != records_digest(RUN)


def test_a_run_without_records_has_a_digest_too():
    assert records_digest(make_run()).num_records == 0
