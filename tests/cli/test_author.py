"""``ilbench author``: everything that a new task ships, by one command, for a package from outside."""

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ilbench.cli.app import app

PACKAGE = """
from ilbench.testing.toys import Rower, toy_task

TASK = toy_task(id="outside/harbor-v1", data="outside:data/harbor-v1"{changes})


class SlowRower(Rower):
    def act(self, observation):
        return super().act(observation) * 0.7
"""
SOUND = "outside/harbor-v1: sound"


@pytest.fixture
def outside(tmp_path, monkeypatch):
    """Returns a function that writes an outside package with one task, and runs a command on it."""
    monkeypatch.setenv("ILBENCH_HOME", str(tmp_path / "cache"))
    (tmp_path / "outside").mkdir()

    def author(command, *options, changes=""):
        (tmp_path / "outside" / "__init__.py").write_text(PACKAGE.format(changes=changes))
        code = "from ilbench.cli import main; main()"
        arguments = [sys.executable, "-c", code, "author", command, "outside:TASK", *options]
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        return subprocess.run(arguments, capture_output=True, text=True, check=False, env=environment)

    return author


def test_one_command_writes_all_that_a_task_from_outside_ships_and_checks_it(outside, tmp_path):
    ran = outside("all", "--episodes", "8")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert SOUND in ran.stdout
    written = {path.name for path in (tmp_path / "outside" / "data" / "harbor-v1").iterdir()}
    assert written == {"contexts.json", "golden.json", "starts.json", "measured.json"}
    assert set(json.loads((tmp_path / "outside" / "digests.json").read_text())) == {"outside/harbor-v1"}


def test_the_second_time_it_writes_the_same_bytes(outside, tmp_path):
    def written():
        return {path.name: path.read_bytes() for path in (tmp_path / "outside").rglob("*.json")}

    outside("all", "--episodes", "8")
    first = written()
    outside("all", "--episodes", "8")
    assert written() == first


def test_it_stops_at_the_first_problem_and_says_what_to_do(outside, tmp_path):
    ran = outside("all", changes=', expert="outside:NoExpert"')
    assert ran.returncode == 2
    assert "error: stopped at golden: 'outside' has no 'NoExpert'" in ran.stderr
    assert "run again: ilbench author all outside:TASK" in ran.stderr
    assert not (tmp_path / "outside" / "data" / "harbor-v1" / "measured.json").exists()


def test_a_dry_run_lists_the_steps_and_writes_nothing(outside, tmp_path):
    ran = outside("all", "--dry-run")
    steps = [line.split()[1] for line in ran.stdout.splitlines()]
    assert steps == ["contexts:", "golden:", "starts:", "references:", "digest:", "check:"]
    assert not (tmp_path / "outside" / "data").exists()


def test_a_changed_spec_needs_another_version_or_a_word(outside):
    for command in ("contexts", "golden", "digest"):
        assert outside(command).returncode == 0
    refused = outside("digest", changes=", horizon=41")
    assert refused.returncode == 2
    assert "the spec of outside/harbor-v1 has changed" in refused.stderr
    assert outside("digest", "--overwrite", changes=", horizon=41").returncode == 0


def test_references_are_measured_on_demonstrations_of_the_present_expert(outside, tmp_path):
    measured = tmp_path / "outside" / "data" / "harbor-v1" / "measured.json"
    outside("contexts")
    outside("references", "--episodes", "4")
    before = json.loads(measured.read_text())["demonstrations"]
    outside("references", "--episodes", "4", changes=', expert="outside:SlowRower"')
    after = json.loads(measured.read_text())["demonstrations"]
    assert after["num_steps"] > before["num_steps"]
    assert after["checksum"] != before["checksum"]


def test_check_names_a_broken_promise_with_its_remedy_and_exits_with_1(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "toys")
    ran = CliRunner().invoke(app, ["author", "check", "ilbench_broken:LEAKING"])
    assert ran.exit_code == 1
    assert "found RuntimeError: the hull is leaking, expected no exception" in ran.output


def test_the_shipped_toy_is_what_its_author_writes(tmp_path):
    from ilbench.checks.golden import record_golden
    from ilbench.contract.shipped import json_text
    from ilbench.testing.toys import HARBOR, make_contexts

    folder = files("ilbench.testing").joinpath("data/harbor-v1")
    assert folder.joinpath("contexts.json").read_text() == json_text(make_contexts())
    assert folder.joinpath("golden.json").read_text() == json_text(record_golden(HARBOR))
