"""``ilbench bench``: what each command prints; what is measured has tests of its own."""

import csv

from typer.testing import CliRunner

from ilbench.cli.app import app

POINT_MAZE = "navigation/pointmaze-medium-v1"


def bench(*arguments):
    return CliRunner().invoke(app, ["bench", *map(str, arguments)])


def test_environments_prints_references_and_paces_and_writes_them(tmp_path):
    out = tmp_path / "environments.csv"
    said = bench("environments", "--task", POINT_MAZE, "--seconds", 0.5, "--rounds", 1, "--out", out)
    assert said.exit_code == 0, said.output
    with out.open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["task"] == POINT_MAZE
    assert float(row["steps/s"]) > 0
    assert POINT_MAZE in said.output


def test_scoring_counts_the_records_that_it_scores():
    said = bench("scoring", "--records", 400)
    assert said.exit_code == 0, said.output
    assert int(said.stdout.split()[1]) >= 400


def test_harness_refuses_more_workers_than_cores():
    said = bench("harness", "--workers", 4096)
    assert "4096 workers need 4096 cores to be compared fairly" in str(said.exception)
