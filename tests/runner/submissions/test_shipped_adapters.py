"""This project's adapters, and the template among them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from ilbench.runner.submissions.shipped_adapters import ADAPTERS, JAX_POLICY

JAX = next(one for one in ADAPTERS if one.name == "jax")


def test_what_loading_a_file_may_run_is_said_of_every_library():
    assert {one.name for one in ADAPTERS if not one.executes_code} == {"onnx", "jax"}


def test_the_template_is_python_with_a_place_for_the_file():
    ast.parse(JAX_POLICY)
    assert JAX_POLICY.count("WEIGHTS") == 1


@pytest.mark.parametrize(("name", "needed"), [("policy.jax", False), ("params.pkl", True)])
def test_code_is_needed_for_files_that_the_adapter_cannot_load(name, needed):
    assert JAX.needs_code_for(Path(name)) == needed
    assert not ADAPTERS[0].needs_code_for(Path(name))
