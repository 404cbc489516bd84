"""The board as a data frame, and the numbers that each figure draws."""

import csv
import io
import json
from dataclasses import replace

import pandas as pd
import pytest
from made_up import REGISTRY, A, B, make_run, row_of

from ilbench.leaderboard import build, render
from ilbench.leaderboard.figures import FIGURES
from ilbench.leaderboard.frame import COLUMNS
from ilbench.leaderboard.success_figure import success_figure, success_frame
from ilbench.runs.submission_info import Served
from ilbench.scores import load_measures


def test_every_column_has_its_documented_type(board):
    assert {name: str(dtype) for name, dtype in board.frame().dtypes.items()} == COLUMNS


def test_a_line_is_a_score_with_its_interval(board):
    line = board.frame().query("submission == 'good' and task == @A and split == 'test' and score == 'gap'")
    gap = row_of(board, "good").scores[A].gap("test").gap
    assert line[["value", "low", "high", "n", "method"]].values.tolist() == [
        [gap.value, gap.low, gap.high, gap.n, gap.method]
    ]


def test_pivoted_it_holds_what_the_csv_file_holds(board):
    frame = board.frame().query("submission == 'good' and task == @B")
    wide = frame.pivot(index="split", columns="score", values="value")
    lines = csv.DictReader(io.StringIO(render(board, "csv")))
    for line in (x for x in lines if (x["submission"], x["task"]) == ("good", B)):
        for measure in load_measures():
            found = wide.loc[line["split"]].get(measure.name, float("nan"))
            assert line[measure.name] == ("" if pd.isna(found) else str(round(found, 6) + 0))


def test_a_parquet_file_gives_the_same_frame(board, tmp_path):
    board.frame().to_parquet(tmp_path / "scores.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "scores.parquet"), board.frame())


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_a_figure_has_numbers_if_and_only_if_it_is_drawn(board, figure):
    assert (figure.of(board) is not None) == (len(figure.frame(board)) > 0)


def test_the_success_figure_draws_the_numbers_of_its_frame(board):
    frame = success_frame(board).query("split == 'test'")
    drawn = {round(x, 9) for line in success_figure(board).axes[0].lines for x in line.get_xdata()}
    assert set(frame.value.round(9)) <= drawn


def test_frame_csv_and_json_tell_where_a_row_was_played():
    run = make_run("x", {A: 3})
    told = {"sandbox": "bwrap", "served": Served(wire="openpi", seeded=False)}
    board = build([replace(run, header=run.header.model_copy(update=told))], REGISTRY)
    where = ("bwrap", "wire openpi, without seeds")
    assert set(board.frame()[["sandbox", "server"]].itertuples(index=False, name=None)) == {where}
    line = next(csv.DictReader(io.StringIO(render(board, "csv"))))
    evidence = json.loads(render(board, "json"))["ranked"][0]["evidence"]
    assert [(one["sandbox"], one["server"]) for one in (line, evidence)] == [where] * 2
