from pathlib import Path

import pytest
from made_up import REGISTRY, A, B, make_run

from ilbench.contract.registry import load_registry
from ilbench.leaderboard import build
from ilbench.leaderboard.aggregate_table import aggregate_table, seed_rates
from ilbench.leaderboard.profile_figure import profile_figure
from ilbench.runs.folder import load_run

MANIPULATION = Path(__file__).parents[2] / "results" / "manipulation"


@pytest.fixture(scope="module")
def board():
    runs = [load_run(path) for path in sorted(MANIPULATION.iterdir())]
    return build(runs, load_registry(), preset="standard")


def test_the_leaderboard_aggregates_over_tasks_and_training_seeds(board):
    table = aggregate_table(board)
    assert [column.title for column in table.columns][1:] == [
        "mean",
        "median",
        "interquartile mean",
        "optimality gap",
    ]
    for row, cells in zip(board.rows, table.lines, strict=True):
        scores = seed_rates(board, row)
        assert scores.rates.shape == (13, row.training_seeds[0])
        assert cells[1].key == pytest.approx(row.mean_success.value)
        assert cells[4].key == pytest.approx(1 - row.mean_success.value)
        assert int(cells[1].n) == sum(one.n for one in scores.means) == row.mean_success.n


def test_training_seeds_in_no_aggregate_are_named_with_the_reason():
    runs = [make_run("x", {A: 9, B: 9}, seed=0), make_run("x", {A: 8}, seed=1), make_run("y", {A: 9, B: 9})]
    table = aggregate_table(build(runs, REGISTRY))
    assert {cell.text for cell in table.columns[0].cells} == {"x", "y"}
    assert table.footnote == f"Left out of x: training seeds that have not played every task: 1 of {A}."


def test_one_task_has_no_aggregates():
    board = build(
        [load_run(MANIPULATION / "random")], load_registry(), preset="standard", tasks=["robosuite/lift-v2"]
    )
    assert aggregate_table(board) is None
    assert profile_figure(board) is None
