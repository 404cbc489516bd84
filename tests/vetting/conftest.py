"""The policies of tests/guests/careless.py, as specs and as folders."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ilbench.contract.convention import Convention
from ilbench.contract.policy_spec import PolicySpec
from ilbench.testing.toys import HARBOR

GUESTS = Path(__file__).parents[1] / "guests"
SAID = (
    'authors = ["A"]\nlicense = "MIT"\ntraining_data = "none"\ncode = "https://a.b"\nobservation = "state"\n'
)


@pytest.fixture
def harbor():
    """Returns the toy task, whose author says what its actions mean."""
    said = Convention(kind="delta", origin="measured", frame="world", linear="0.1 m")
    return replace(HARBOR, action=replace(HARBOR.action, convention=said))


@pytest.fixture
def spec():
    """Returns a function from a policy's name to its spec."""
    return lambda policy, **how: PolicySpec(
        load=f"careless:{policy}", search_path=(str(GUESTS),), **{"place": "inline", **how}
    )


@pytest.fixture
def folder(tmp_path):
    """Returns a function that writes a submission of a policy, and further lines into its file."""

    def write(policy="Careful", lines="", said=SAID):
        shutil.copy(GUESTS / "careless.py", tmp_path)
        head = f'name = "one"\nentry = "careless:{policy}"\n'
        (tmp_path / "submission.toml").write_text(f"{head}{said}{lines}")
        return tmp_path

    return write
