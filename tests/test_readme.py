"""What README shows is run as it stands there."""

from __future__ import annotations

import doctest
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ilbench.runs.folder import load_run

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
PACKAGES = {"benchmark": "ilbench", "tasks": "ilbench.tasks", "leaderboard": "ilbench.leaderboard"}


def block(language, start):
    (found,) = [text for text in re.findall(rf"```{language}\n(.*?)```", README, re.S) if start in text]
    return found


def test_the_policy_of_fifteen_lines_is_scored_as_readme_says(tmp_path):
    folder = tmp_path / "my_policy"
    folder.mkdir()
    (folder / "policy.py").write_text(block("python", "class Policy"))
    (folder / "submission.toml").write_text(block("toml", "entry"))
    assert len(block("python", "class Policy").split("\n\n\n")[1].strip().splitlines()) <= 15
    command = ["run", "my_policy", "--task", "d3il/avoiding-v3", "--preset", "smoke", "--out", "run"]
    start = [sys.executable, "-c", "from ilbench.cli import main; main()"]
    subprocess.run([*start, *command], cwd=tmp_path, check=True, capture_output=True)
    records = load_run(tmp_path / "run").records
    assert {record.status for record in records} == {"ok"}
    assert any(record.success for record in records)


def test_the_front_door_opens_as_readme_says(tmp_path):
    code = block("python", "ilbench.run(policy")
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    value, low, high, n = said.stdout.splitlines()[0].split()
    assert (float(value), float(low), int(n)) == (0.0, 0.0, 20)
    assert 0.7 < float(high) < 0.9  # twenty times the same episode
    assert len(list((tmp_path / "runs").iterdir())) == 1


def test_every_command_in_readme_exists():
    shown = set(re.findall(r"ilbench ([a-z]+)", " ".join(re.findall(r"```sh\n(.*?)```", README, re.S))))
    usage = subprocess.run(
        [sys.executable, "-c", "from ilbench.cli import main; main()", "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "200"},
    ).stdout
    assert shown
    assert all(name in usage for name in shown)


def test_every_file_in_readme_exists():
    for path in re.findall(r"\]\(([\w/.]+)\)", README):
        assert (ROOT / path).exists(), path


def modules_with_examples():
    """Yields the import name of every module with a doctest; torch is not loaded for it."""
    for folder, package in PACKAGES.items():
        for path in sorted((ROOT / folder).rglob("*.py")):
            if ">>> " in path.read_text():
                yield ".".join((package, *path.relative_to(ROOT / folder).with_suffix("").parts))


@pytest.mark.parametrize("name", list(modules_with_examples()))
def test_examples_in_docstrings_are_true(name):
    failed, attempted = doctest.testmod(importlib.import_module(name))
    assert attempted
    assert not failed
