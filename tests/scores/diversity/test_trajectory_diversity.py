"""Diversity of trajectories beside the demonstrations, on straight lines."""

import numpy as np
import pytest

from ilbench.errors import EmptyScoreError
from ilbench.scores.diversity.trajectory_diversity import score_trajectories


def lines(heights):
    return [np.column_stack([np.arange(5.0), np.full(5, float(h))]) for h in heights]


def test_a_policy_that_copies_the_demonstrations_is_as_various_and_covers_them():
    demonstrations = lines([0, 1, 2, 3])
    scores = score_trajectories(demonstrations, demonstrations)
    assert scores.vendi == pytest.approx(scores.vendi_demonstrations)
    assert (scores.coverage, scores.num_trajectories) == (1, 4)


def test_a_policy_that_always_does_the_same_has_a_vendi_score_of_1():
    scores = score_trajectories(lines([0, 0, 0, 0]), lines([0, 10, 20, 30]))
    assert scores.vendi == pytest.approx(1)
    assert scores.vendi_demonstrations > 2


def test_as_many_demonstrations_as_trajectories_are_compared():
    scores = score_trajectories(lines([0, 3]), lines([0, 1, 2, 3]))
    assert scores.num_trajectories == 2
    assert scores.vendi == pytest.approx(scores.vendi_demonstrations)
    with pytest.raises(EmptyScoreError, match="2 of each"):
        score_trajectories(lines([0]), lines([0, 1]))
