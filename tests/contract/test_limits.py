"""What a policy in a sandbox may use."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from ilbench.contract.limits import Limits


@pytest.mark.parametrize(
    "said",
    [
        {"memory_gib": 0},
        {"memory_gib": float("inf")},
        {"processes": 2},
        {"processes": 5000},
        {"open_files": True},
        {"processor_hours": -1},
        {"time": 3},
    ],
)
def test_what_is_no_limit_is_refused(said):
    with pytest.raises(ValidationError):
        Limits.model_validate(said)


def test_whole_numbers_are_numbers():
    assert Limits.model_validate({"memory_gib": 6}).memory_gib == 6.0
