"""Ranking: who is shown to be better, and what the leaderboard says of it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from ilbench.contract.registry import load_registry
from ilbench.errors import EmptyScoreError
from ilbench.leaderboard import build, render
from ilbench.leaderboard.aggregate_table import aggregate_table, seed_rates
from ilbench.leaderboard.profile_figure import profile_figure
from ilbench.runs.folder import load_run
from ilbench.runs.record import EpisodeRecord, Times
from ilbench.scores import MismatchedRecordsError, compare, mcnemar
from ilbench.scores.comparison.ranking import find_better, gather_outcomes

D3IL = Path(__file__).parents[3] / "results" / "d3il"


def played(outcomes, repeat=0):
    return [
        EpisodeRecord(
            task="toy/reach-v1",
            split="test",
            context=context,
            repeat=repeat,
            env_seed=context,
            policy_seed=2,
            initial_digest=None,
            status="ok",
            reason=None,
            success=bool(success),
            episode_return=float(success),
            length=3,
            terminated=bool(success),
            truncated=not success,
            mode=None,
            action_digest="",
            times=Times(env_s=0.0, policy_s=0.0),
        )
        for context, success in enumerate(outcomes)
    ]


def policy(*tasks):
    """Returns a policy's outcomes; a task is a list of training seeds, or the outcomes of a single one."""
    return [
        gather_outcomes([played(run) for run in (task if isinstance(task[0], list) else [task])])
        for task in tasks
    ]


def test_the_better_of_two_is_found():
    is_better = find_better([policy([1] * 10), policy([0] * 10)])
    assert is_better.tolist() == [[False, True], [False, False]]


@pytest.mark.parametrize("wins", [5, 6])
def test_two_policies_on_one_task_are_told_apart_as_by_the_comparison(wins):
    first, second = [1] * wins + [0] * 4, [0] * (wins + 4)
    found = find_better([policy(first), policy(second)])[0, 1]
    assert found == compare([played(first)], [played(second)]).is_distinguished == (mcnemar(wins, 0) <= 0.05)


def test_many_policies_need_more_to_be_told_apart():
    strong, weak = policy([1] * 7 + [0] * 3), policy([0] * 10)
    assert find_better([strong, weak])[0, 1]
    assert not find_better([strong, weak, weak, weak, weak])[0].any()


def test_every_task_weighs_the_same():
    first = policy([1] * 10 + [0] * 10, [0] * 200)
    second = policy([0] * 20, [1] * 20 + [0] * 180)
    assert find_better([first, second]).tolist() == find_better([second, first]).T.tolist()
    assert find_better([first, second])[0, 1]


def test_training_seeds_that_disagree_prove_nothing():
    good, bad = [1] * 30, [0] * 30
    assert not find_better([policy([good, bad, good]), policy([bad, good, bad])]).any()
    assert find_better([policy([good, good, good]), policy([bad, bad, bad])])[0, 1]


def test_equal_policies_are_seldom_told_apart():
    rng = np.random.default_rng(0)
    trials = [
        find_better([policy(list(row)) for row in rng.integers(0, 2, (4, 30))]).any() for _ in range(200)
    ]
    assert np.mean(trials) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 200)


def test_episodes_that_cannot_be_ranked_are_refused():
    with pytest.raises(EmptyScoreError, match="every training seed has played"):
        gather_outcomes([])
    with pytest.raises(MismatchedRecordsError, match="each training seed alone"):
        gather_outcomes([played([1]) + played([1])])
    late = [gather_outcomes([played([1], repeat=1)])]
    with pytest.raises(EmptyScoreError, match="no episode in common"):
        find_better([policy([1]), late])


@pytest.fixture(scope="module")
def board():
    runs = [load_run(path) for path in sorted(D3IL.iterdir())]
    return build(runs, load_registry(), preset="standard")


def test_the_leaderboard_groups_what_it_cannot_tell_apart(board):
    found = {row.name: (row.rank, row.rank_interval, row.group) for row in board.ranked}
    assert found["expert"] == (None, None, None)
    assert found["random"] == (3, (3, 3), "b")
    assert {found[name][1:] for name in ("diffusion", "bc-mlp")} == {((1, 2), "a")}


def test_every_table_shows_the_groups(board):
    lines = list(csv.DictReader(io.StringIO(render(board, "csv"))))
    assert {(line["rank_low"], line["rank_high"], line["group"]) for line in lines} == {
        ("1", "2", "a"),
        ("3", "3", "b"),
        ("", "", ""),
    }
    for output_format in ("md", "html", "latex"):
        text = render(board, output_format)
        assert "group" in text
        assert "share a letter" in text.replace("\n", " ")


def test_a_row_alone_has_no_group():
    runs = [load_run(path) for path in sorted(D3IL.glob("bc-mlp-*"))]
    (row,) = build(runs, load_registry(), preset="standard").ranked
    assert (row.rank, row.rank_interval, row.group) == (1, None, None)


def test_the_leaderboard_aggregates_over_tasks_and_training_seeds(board):
    table = aggregate_table(board)
    assert [column.title for column in table.columns][1:] == [
        "mean",
        "median",
        "interquartile mean",
        "optimality gap",
    ]
    for row, cells in zip(board.rows, table.lines, strict=True):
        rates, counts = seed_rates(board, row)
        assert rates.shape == (10, row.training_seeds[0])
        assert cells[1].key == pytest.approx(row.mean_success.value)
        assert cells[4].key == pytest.approx(1 - row.mean_success.value)
        assert cells[1].n == counts.sum() == row.mean_success.n


def test_one_task_has_no_aggregates():
    board = build([load_run(D3IL / "random")], load_registry(), preset="standard", tasks=["d3il/avoiding-v2"])
    assert aggregate_table(board) is None
    assert profile_figure(board) is None


def test_profiles_are_drawn_of_every_row(board):
    (axes,) = profile_figure(board).axes
    assert len(axes.lines) == len(board.rows)
    assert all((np.diff(line.get_ydata()) <= 0).all() for line in axes.lines)
