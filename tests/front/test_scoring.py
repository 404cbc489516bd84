"""Scores, comparisons and leaderboards of runs, of whatever form."""

from __future__ import annotations

from dataclasses import replace

import pytest
from drifting import TASK, forward, play

import ilbench
from ilbench.scores import MismatchedRecordsError


def test_scores_are_by_task_and_the_same_from_folder_and_value(wanderings):
    scores = ilbench.score(wanderings)
    assert list(scores) == [TASK]
    assert scores == ilbench.score(str(wanderings.path)) == ilbench.score(wanderings.path)
    assert scores[TASK].splits["test"].num_episodes == 9


def test_a_policy_is_not_better_than_itself(wanderings):
    found = ilbench.compare(wanderings, str(wanderings.path))
    assert found.comparisons[0].difference.value == 0.0


def test_runs_under_other_specs_are_not_compared(wanderings):
    header = wanderings.header.model_copy(update={"tasks": {TASK: "0" * 32}})
    with pytest.raises(MismatchedRecordsError, match="different specs of d3il/avoiding-v3"):
        ilbench.compare(wanderings, replace(wanderings, header=header))


def test_a_leaderboard_takes_runs_paths_and_sequences(wanderings):
    board = ilbench.leaderboard(wanderings, [play(forward, workers=None)], preset="full")
    assert {row.name for row in board.rows} == {"manners:Wanderer", "forward"}


def test_a_run_folder_is_loaded_by_text_or_path(wanderings):
    assert ilbench.load_run(str(wanderings.path)) == ilbench.load_run(wanderings.path)
    assert len(ilbench.load_runs(str(wanderings.path), wanderings.path)) == 2
