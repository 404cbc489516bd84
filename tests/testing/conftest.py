"""The broken toys can be imported, here and in other processes."""

import sys
from pathlib import Path

import pytest

from ilbench.contract.shipped import load_resource


@pytest.fixture(autouse=True)
def broken_toys(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "toys")
    yield
    sys.modules.pop("ilbench_broken", None)
    load_resource.cache_clear()  # one of them writes into a context
