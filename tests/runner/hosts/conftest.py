"""Specs of the policies in tests/guests, for the tests of the hosts."""

from __future__ import annotations

from pathlib import Path

import pytest

from ilbench.contract.policy_spec import PolicySpec
from ilbench.contract.registry import find_task

GUESTS = str(Path(__file__).parents[2] / "guests")


@pytest.fixture
def task():
    return find_task("d3il/avoiding-v3")


@pytest.fixture
def spec():
    """Returns a function from a policy's name to its spec."""
    return lambda policy, module="manners", **how: PolicySpec(
        load=f"{module}:{policy}", search_path=(GUESTS,), **how
    )
