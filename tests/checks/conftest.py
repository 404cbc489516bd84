"""The toy task with a data folder of its own, so that a golden trajectory can be written."""

from __future__ import annotations

import importlib
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ilbench.contract.shipped import load_resource

TOYS = Path(__file__).parents[1] / "toys"


@pytest.fixture
def task(monkeypatch, tmp_path):
    package = tmp_path / "packages" / "toy_data"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    contexts = TOYS / "ilbench_toys" / "data" / "shore-v1" / "contexts.json"
    (package / "contexts.json").write_text(contexts.read_text())
    monkeypatch.syspath_prepend(TOYS)
    monkeypatch.syspath_prepend(package.parent)
    importlib.invalidate_caches()
    load_resource.cache_clear()
    yield replace(importlib.import_module("ilbench_toys").TASK, data="toy_data:.")
    load_resource.cache_clear()
    sys.modules.pop("toy_data", None)
