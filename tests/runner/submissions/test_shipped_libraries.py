"""The adapters of libraries that want environments of their own."""

from __future__ import annotations

import importlib

import pytest

from ilbench.runner.submissions.adapters import load_adapters
from ilbench.runner.submissions.shipped_libraries import ADAPTERS


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.name)
def test_it_is_found_by_its_prefix_and_leads_to_a_policy(adapter):
    assert load_adapters()[adapter.name] is adapter
    assert adapter.example.startswith(f"{adapter.name}:")
    module, _, name = adapter.entry_in("inline").partition(":")
    assert hasattr(getattr(importlib.import_module(module), name), "act")


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.name)
def test_its_environment_is_pinned_and_has_the_library(adapter):
    assert all("==" in requirement for requirement in adapter.requirements)
    named = {requirement.partition("==")[0] for requirement in adapter.requirements}
    assert adapter.library in named or not named


def test_only_a_format_of_plain_tensors_runs_no_code_when_it_is_loaded():
    assert [adapter.name for adapter in ADAPTERS if not adapter.executes_code] == ["lerobot"]
