"""``ilbench check``: its tables and exit codes; what is computed has tests of its own."""

import csv
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ilbench.checks import false_positives, score_coverage, simulated_policies
from ilbench.cli.app import app
from ilbench.runs.folder import JOURNAL, create_run, seal
from ilbench.testing.records import make_records, make_run

ROOT = Path(__file__).parents[2]


def check(*arguments):
    return CliRunner().invoke(app, ["check", *map(str, arguments)])


@pytest.fixture
def runs(tmp_path):
    """Returns a folder with the ledger of two runs."""
    for name, successes in {"good": (1, 1, 1), "fair": (1, 0, 0)}.items():
        run = make_run(make_records(successes), path=tmp_path / "runs" / name)
        create_run(run.path, run.header)
        seal(run)
    assert check("records", tmp_path / "runs", "--write").exit_code == 0
    return tmp_path / "runs"


def test_the_published_records_are_as_published():
    said = check("records", ROOT / "results")
    assert said.exit_code == 0
    count = len(list((ROOT / "results").rglob("run.json")))
    assert said.output.splitlines()[-1] == f"{count} of {count} runs: records as published"


def test_a_changed_record_is_told(runs):
    run = make_run(make_records((1, 1, 0)), path=runs / "good")
    (run.path / JOURNAL).unlink()
    seal(run)
    said = check("records", runs)
    assert said.exit_code == 1
    assert "  changed            " in said.output
    assert said.output.splitlines()[-1] == "1 of 2 runs: records as published"


def test_a_missing_run_and_a_new_one_are_told(runs):
    shutil.move(runs / "good", runs / "better")
    said = check("records", runs)
    verdicts = {line.split("  ")[-1].rpartition("/")[2]: line for line in said.output.splitlines()[:-1]}
    assert "missing" in verdicts["good"]
    assert "not in the ledger" in verdicts["better"]
    assert said.exit_code == 1


def test_a_folder_without_a_ledger_says_how_to_write_one(runs):
    (runs / "records.json").unlink()
    assert "write it with: ilbench check records" in str(check("records", runs).exception)


def test_levels_prints_the_counts_and_writes_them(tmp_path):
    out = tmp_path / "levels.csv"
    result = check("levels", "navigation", "--task", "navigation/maze-25-v1", "--out", out)
    assert result.exit_code == 0
    header, row = out.read_text().splitlines()
    assert header.startswith("task,num_test,before,after")
    assert row.startswith("navigation/maze-25-v1,200,0,0,200,50,")


def test_levels_says_when_no_task_is_played_on_levels():
    result = check("levels", "robosuite")
    assert result.exit_code == 0
    assert "no task of these is played on levels" in result.output


def test_entropy_writes_every_cell(tmp_path):
    out = tmp_path / "entropy.csv"
    said = check("entropy", "--episodes", "8", "--modes", "2,4", "--samples", 50, "--out", out)
    assert said.exit_code == 0, said.output
    with out.open(newline="") as file:
        assert {row["num_modes"] for row in csv.DictReader(file)} == {"2", "4"}


def test_coverage_writes_a_line_a_layout_and_a_picture(tmp_path, monkeypatch):
    few = list(simulated_policies.layouts(designs=[(20, 2)], rates=[0.5], seeds=[1, 3]))
    monkeypatch.setattr(simulated_policies, "layouts", lambda: few)
    monkeypatch.setattr(score_coverage, "score_layouts", lambda: few[:1])
    said = check("coverage", "--trials", 40, "--out", tmp_path / "c.csv", "--figure", tmp_path / "c.png")
    rows = list(csv.DictReader((tmp_path / "c.csv").open()))
    assert {row["score"] for row in rows} > {"success", "gap", "mean over tasks"}
    assert sum(row["score"] == "success" for row in rows) == len(few)
    assert (said.exit_code, (tmp_path / "c.png").stat().st_size > 1000) == (0, True)


def test_errors_prints_the_worst_of_each_test_and_writes_every_row(tmp_path, monkeypatch):
    few = false_positives.cells()[:2]
    monkeypatch.setattr(false_positives, "cells", lambda: few)
    found = check("errors", "--trials", 20, "--out", tmp_path / "errors.csv")
    assert found.exit_code == 0, found.output
    assert "20×1, rate 0.05, correlation 0, deviation 0" in found.output
    with (tmp_path / "errors.csv").open(newline="") as file:
        assert [row["test"] for row in csv.DictReader(file)] == [*false_positives.TESTS] * 2
