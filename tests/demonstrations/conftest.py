"""The toy task, where worker processes find it too."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

TOYS = Path(__file__).parents[1] / "toys"


@pytest.fixture
def task(monkeypatch):
    monkeypatch.syspath_prepend(TOYS)
    monkeypatch.setenv("PYTHONPATH", str(TOYS))
    return importlib.import_module("ilbench_toys").TASK
