"""``ilbench check determinism``: what it prints, writes and exits with."""

import csv
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from ilbench.checks import determinism as module
from ilbench.checks.determinism import Outcome
from ilbench.cli import determinism as command
from ilbench.cli.app import app


@pytest.fixture
def tried(monkeypatch, tmp_path):
    """Returns a function that runs the command where each processor gives certain weights."""

    def run(weights, *options):
        def play(trials, amount, folder, *, processor, arithmetic):
            digest = weights.get(processor, "a" * 32)
            for trial in trials:
                yield Outcome(
                    baseline=trial.baseline,
                    task=trial.task,
                    processor=processor,
                    weights=digest,
                    records="b" * 32,
                    train_ms=3.0 if arithmetic == "fixed" else 2.0,
                    act_ms=1.0,
                )

        monkeypatch.setattr(module, "play_trials", play)
        monkeypatch.setattr(module, "has_emulator", lambda: True)
        trial = SimpleNamespace(baseline="cloning", task="toys/shore-v1")
        monkeypatch.setattr(command, "_prepared", lambda text, count: trial)
        path = tmp_path / "out.csv"
        said = CliRunner().invoke(
            app, ["check", "determinism", "cloning=toys/shore-v1", "--out", str(path), *options]
        )
        return said, path

    return run


def rows(path: Path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_equal_digests_on_all_processors_are_a_success(tried):
    said, path = tried({})
    assert said.exit_code == 0
    assert said.output.count("yes") == 3
    assert [row["processor"] for row in rows(path)][1:] == [
        "Haswell (emulated)",
        "Skylake-Client (emulated)",
        "EPYC-Rome (emulated)",
    ]


def test_other_weights_on_one_processor_fail_and_are_shown(tried):
    said, path = tried({"EPYC-Rome": "c" * 32})
    assert said.exit_code == 1
    assert said.output.count("NO") == 1
    assert "1 of 1 differ" in said.output
    assert rows(path)[3]["weights"] == "c" * 32


def test_the_cost_is_shown_as_a_ratio(tried):
    said, path = tried({}, "--cost", "2")
    assert said.exit_code == 0
    assert rows(path)[0]["train_ratio"] == "1.5"


def test_what_is_no_trial_is_refused():
    said = CliRunner().invoke(app, ["check", "determinism", "bc-mlp"])
    assert said.exit_code != 0
    assert "expected BASELINE=TASK" in str(said.output) + str(said.exception)
