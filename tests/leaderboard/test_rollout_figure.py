"""Entropy over rollouts: what is drawn, and that nothing is drawn of nothing."""

import pytest
from made_up import REGISTRY, A, make_run

from ilbench.errors import EmptyScoreError
from ilbench.leaderboard.rollout_figure import save_rollout_figure


def test_a_figure_is_written_for_tasks_with_modes(tmp_path):
    runs = [make_run("x", {A: 12}, seed=s) for s in (0, 1)]
    save_rollout_figure(runs, REGISTRY, tmp_path / "deep" / "rollouts.svg")
    assert (tmp_path / "deep" / "rollouts.svg").read_text().startswith("<?xml")


def test_without_a_mode_shown_there_is_nothing_to_draw(tmp_path):
    with pytest.raises(EmptyScoreError, match="nothing to draw"):
        save_rollout_figure([make_run("x", {A: 0}, splits=["test"])], REGISTRY, tmp_path / "rollouts.svg")
