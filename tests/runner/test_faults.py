from __future__ import annotations

from typing import get_args

import pytest

from ilbench.guest.answers import STATUSES, LaneFault
from ilbench.runner.faults import (
    REASON_CHARACTERS,
    InvalidAction,
    PolicyFault,
    PolicyTimeout,
    ProtocolFault,
    raise_fault,
)
from ilbench.runs.record import POLICY_FAULTS, Status


@pytest.mark.parametrize(
    "fault", [PolicyFault("why"), InvalidAction("why"), ProtocolFault("why"), PolicyTimeout(1.0)]
)
def test_a_fault_has_the_status_of_a_policys_fault_and_says_why(fault):
    assert fault.status in POLICY_FAULTS <= set(get_args(Status))
    assert fault.reason == str(fault)


def test_a_timeout_says_how_long_was_waited():
    assert PolicyTimeout(0.5).reason == "the policy did not answer within 0.5 s"


@pytest.mark.parametrize("status", STATUSES)
def test_the_fault_of_a_lane_is_raised_with_its_status_and_traceback(status):
    with pytest.raises(PolicyFault, match=r"^why$") as raised:
        raise_fault(LaneFault(status, "why", "Traceback: here"))
    assert raised.value.status == status
    assert "Traceback: here" in str(raised.value.__cause__)


def test_a_reason_is_one_printable_bounded_line_whatever_came_over_the_channel():
    assert PolicyFault("\x1b[2J\n[/red]\u202e").reason == "[2J [/red]"
    assert len(PolicyFault("x" * 10**6).reason) == REASON_CHARACTERS
