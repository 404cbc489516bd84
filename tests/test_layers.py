"""The arrows of the architecture: who may import whom."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SIMULATORS = {"mujoco", "robosuite", "metaworld", "minigrid", "procgen", "gymnasium_robotics", "torch"}
FORBIDDEN = {
    "benchmark": {"ilbench.tasks", "ilbench.baselines", "ilbench.leaderboard"},
    "tasks": {"ilbench.baselines", "ilbench.leaderboard", "ilbench.cli"},
    "baselines": {"ilbench.tasks", "ilbench.leaderboard", "ilbench.cli"},
    "leaderboard": {"ilbench.tasks", "ilbench.baselines", "ilbench.cli"},
}


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def sources(folder):
    return sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_arrows_point_one_way(folder):
    for path in sources(folder):
        if (ROOT / "benchmark" / "cli") in path.parents:
            continue  # the command line composes everything
        for name in imports_of(path):
            assert not any(name == f or name.startswith(f + ".") for f in FORBIDDEN[folder]), (path, name)


@pytest.mark.parametrize("folder", ["benchmark", "leaderboard"])
def test_the_harness_knows_no_simulator_and_no_torch(folder):
    found = {(path.name, name) for path in sources(folder) for name in imports_of(path)}
    assert not {(path, name) for path, name in found if name.partition(".")[0] in SIMULATORS}


def test_the_guest_package_needs_only_numpy():
    allowed = set(sys.stdlib_module_names) | {"numpy"}
    for path in sources("benchmark/guest"):
        assert {name.partition(".")[0] for name in imports_of(path)} <= allowed


def test_importing_loads_neither_torch_nor_a_simulator():
    code = "import sys, ilbench; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not SIMULATORS & set(loaded.stdout.split())


def test_listing_tasks_loads_neither_torch_nor_a_simulator():
    code = "import sys; from ilbench.contract import registry; registry.load_registry(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not SIMULATORS & set(loaded.stdout.split())


@pytest.mark.parametrize("name", ["tasks", "baselines", "leaderboard"])
def test_a_folder_refuses_its_bare_name(name):
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import {name}"
    refused = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert f"import this package as ilbench.{name}" in refused.stderr


def test_no_body_is_longer_than_fifty_lines_and_no_file_than_four_hundred():
    for folder in FORBIDDEN:
        for path in sources(folder):
            text = path.read_text()
            assert text.count("\n") <= 400, path
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef):
                    body = node.body[1:] if ast.get_docstring(node) else node.body
                    size = body[-1].end_lineno - body[0].lineno + 1 if body else 0
                    assert size <= 50, (path, node.name, size)


def test_importing_is_quick():
    code = "import time; start = time.process_time(); import ilbench; print(time.process_time() - start)"
    seconds = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(3)
    ]
    assert min(seconds) < 0.2
