"""Said once for all tests: how to draw without a display, that examples and seeds are the same each time."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from ilbench.arithmetic import fix_arithmetic
from ilbench.contract.headless import choose_backend

fix_arithmetic()  # before a test module imports NumPy
os.environ["ILBENCH_NONCE"] = "tests"
choose_backend()  # MuJoCo reads it when it is first imported
settings.register_profile("ilbench", deadline=None, derandomize=True)
settings.load_profile("ilbench")


@pytest.fixture(scope="session")
def bwrap():
    """Skips where bubblewrap does not work, with its own words."""
    from ilbench.runner.hosts.sandboxes.choice import why_no_bwrap

    if reason := why_no_bwrap():
        pytest.skip(f"bubblewrap does not work here: {reason}")


@pytest.fixture(scope="session")
def human_data():
    """Returns the folder of people's recordings; skips where it is not."""
    named = os.environ.get("ILBENCH_HUMAN_DATA")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("people's recordings are not here; set ILBENCH_HUMAN_DATA to their folder")
    return folder
