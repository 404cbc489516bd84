"""`import ilbench`: quick, and everything that it offers can be seen."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import ilbench

SOURCE = Path(__file__).parents[1] / "benchmark" / "__init__.py"


def test_dir_shows_every_public_name():
    assert set(ilbench.__all__) <= set(dir(ilbench))
    assert {"run", "score", "compare", "leaderboard", "replay", "verify", "tasks", "task", "load_run"} <= set(
        ilbench.__all__
    )


@pytest.mark.parametrize("name", ilbench.__all__)
def test_every_public_name_leads_somewhere_and_says_what_it_is(name):
    assert inspect.getdoc(getattr(ilbench, name))


def test_type_checkers_see_the_same_names():
    block = next(node for node in ast.parse(SOURCE.read_text()).body if isinstance(node, ast.If))
    seen = {alias.asname for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert seen == set(ilbench.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'evaluate'"):
        _ = ilbench.evaluate


def test_importing_loads_neither_pydantic_nor_typer_nor_numpy():
    code = "import sys, ilbench; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pydantic", "typer", "numpy", "torch"} & set(loaded.stdout.split())


def test_the_tour_in_the_docstring_names_functions_that_exist():
    words = set(ilbench.__doc__.split("ilbench.")[1:])
    names = {word.partition("(")[0].partition(".")[0] for word in words}
    assert {name for name in names if name.isidentifier()} <= set(ilbench.__all__)


def test_only_two_names_are_packages_too_and_those_are_functions():
    folders = {path.stem for path in SOURCE.parent.iterdir()} | {"tasks", "leaderboard", "baselines"}
    assert folders & set(ilbench.__all__) == {"tasks", "leaderboard"}
    assert callable(ilbench.tasks)
    assert callable(ilbench.leaderboard)
