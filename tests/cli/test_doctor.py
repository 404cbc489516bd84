"""``ilbench doctor``: a line a finding, and an exit code that a script can use."""

import pytest
from typer.testing import CliRunner

from ilbench.checks import doctor as module
from ilbench.checks.doctor import Finding
from ilbench.cli.app import app
from ilbench.contract import registry


@pytest.fixture
def examined(monkeypatch):
    """Returns a function that runs the command where the one package has a version (or none)."""

    def run(found):
        monkeypatch.setattr(registry, "load_registry", dict)
        monkeypatch.setattr(module, "examine", lambda tasks: iter(found))
        return CliRunner().invoke(app, ["doctor"])

    return run


def test_an_error_is_told_with_its_remedy_and_exits_with_1(examined):
    said = examined([Finding(status="error", subject="python", message="3.9", remedy="use [bold]3.11")])
    assert said.exit_code == 1
    assert said.output == "error   python: 3.9  → use [bold]3.11\n0 tasks: 0 as published\n"


def test_warnings_are_no_errors(examined):
    said = examined(
        [
            Finding(status="warning", subject="cache", message="full"),
            Finding(status="ok", subject="numpy", message="2.0"),
        ]
    )
    assert said.exit_code == 0
    assert said.output == "warning cache: full\nok      numpy: 2.0\n0 tasks: 0 as published\n"


def test_only_the_named_tasks_are_examined(monkeypatch):
    seen = []
    monkeypatch.setattr(module, "examine", lambda tasks: seen.extend(tasks) or iter(()))
    assert CliRunner().invoke(app, ["doctor", "robosuite/can-v2"]).exit_code == 0
    assert seen == ["robosuite/can-v2"]


def test_the_last_line_counts_the_tasks(examined):
    said = examined([Finding(status="ok", subject="toys/shore-v1", message="fine", replay="as published")])
    assert said.output.splitlines()[-1] == "1 tasks: 1 as published"
