"""``ilbench leaderboard`` on the published runs of a suite."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from typer.testing import CliRunner

import ilbench
from ilbench.cli.app import app
from ilbench.errors import UnknownNameError, UsageError
from ilbench.leaderboard.outputs import load_outputs
from ilbench.leaderboard.to_latex import to_latex

MANIPULATION = str(Path(__file__).parents[2] / "results" / "manipulation")
STANDARD = ("--preset", "standard")


def leaderboard(*options):
    answer = CliRunner().invoke(app, ["leaderboard", MANIPULATION, *options])
    return answer.output if answer.exception is None else answer.exception


def test_the_table_has_every_submission_and_python_makes_the_same():
    board = ilbench.leaderboard(MANIPULATION, preset="standard")
    shown = leaderboard(*STANDARD)
    assert {row.name for row in board.rows} >= {"bc-mlp", "diffusion", "expert"}
    assert all(row.name in shown for row in board.rows)


@pytest.mark.parametrize(
    "name", [name for name, output in load_outputs().items() if output.is_text and name != "table"]
)
def test_what_is_printed_in_a_format_is_what_python_renders(name):
    board = ilbench.leaderboard(MANIPULATION, preset="standard")
    assert leaderboard(*STANDARD, "--format", name) == ilbench.leaderboard.render(board, name)


def test_a_file_is_written_into_a_folder_that_is_made(tmp_path):
    out = tmp_path / "new" / "board.csv"
    assert leaderboard(*STANDARD, "--format", "csv", "--out", str(out)) == f"wrote {out}\n"
    assert out.read_text() == leaderboard(*STANDARD, "--format", "csv")


def test_figures_are_drawn_into_a_folder_and_named(tmp_path):
    shown = leaderboard(*STANDARD, "--figures", str(tmp_path))
    drawn = sorted(path.name for path in tmp_path.iterdir())
    assert {"success.svg", "success.png"} <= set(drawn)
    assert all(f"wrote {tmp_path / name}" in shown for name in drawn if name.endswith(".svg"))


def test_a_format_or_a_task_list_that_there_is_not_is_answered():
    assert "did you mean 'html'" in str(leaderboard("--format", "htm"))
    assert isinstance(leaderboard("--list", "metaworld/mt11"), UnknownNameError)


def test_help_names_every_format_with_what_it_is():
    told = CliRunner().invoke(app, ["leaderboard", "make", "--help"], env={"COLUMNS": "200"}).output
    shown = " ".join(told.replace("│", " ").split())
    assert all(f"{name}: {output.summary[:20]}" in shown for name, output in load_outputs().items())


def test_runs_of_a_task_that_no_package_declares_make_a_board(tmp_path):
    name = "ilbench.testing.toys:HARBOR"
    ilbench.run(lambda observation: [1.0], task=name, preset="smoke", name="ahead", out=tmp_path / "run")
    answers = [
        CliRunner().invoke(app, ["leaderboard", str(tmp_path), "--preset", "smoke", "--format", "csv", *more])
        for more in ([], ["--task", name])
    ]
    assert answers[0].exception is None
    assert "toys/harbor-v1" in answers[0].output
    assert answers[0].output == answers[1].output


def test_a_board_is_found_by_what_was_played_or_asked_for_by_name():
    shown = leaderboard("--format", "md")
    assert leaderboard("--board", "manipulation", "--format", "md") == shown
    assert shown.startswith("# ILBench leaderboard\\: manipulation\n")
    assert "did you mean 'd3il'" in str(leaderboard("--board", "d3li"))


def test_the_rows_are_ordered_by_the_score_that_is_asked_for():
    found = csv.DictReader(io.StringIO(leaderboard("--sort", "cost", "--format", "csv")))
    cost = [float(line["policy_step_s"]) for line in found if line["scope"] == "board" and line["rank"]]
    assert len(cost) == 3
    assert cost == sorted(cost)


RESULTS = Path(MANIPULATION).parent


@pytest.mark.parametrize(
    "given",
    [
        [RESULTS / name for name in ("README.md", "figures", "manipulation", "adroit-door/random")],
        pytest.param([RESULTS], marks=pytest.mark.slow),
    ],
    ids=["a few folders", "all"],
)
def test_a_tree_of_results_makes_a_board_and_says_what_else_is_there(given):
    shown = " ".join(CliRunner().invoke(app, ["leaderboard", *map(str, given)]).output.split())
    assert "ILBench leaderboard: manipulation" in shown
    assert "no task of this board" in shown
    assert "adroit/door-v1" in shown


def test_no_table_mixes_presets():
    assert not ilbench.leaderboard(MANIPULATION, preset="full").ranked
    assert ilbench.leaderboard(MANIPULATION, preset="standard").ranked


def test_a_paper_has_the_columns_and_decimals_that_were_asked_for():
    board = ilbench.leaderboard(MANIPULATION, preset="standard")
    options = ("--width", "column", "--columns", "lift", "--decimals", "3")
    asked = leaderboard(*STANDARD, "--format", "latex", *options)
    assert asked == to_latex(board, width="column", columns=["lift"], decimals=3)


def test_an_option_of_another_format_is_an_error():
    assert isinstance(leaderboard(*STANDARD, "--format", "md", "--width", "page"), UsageError)
