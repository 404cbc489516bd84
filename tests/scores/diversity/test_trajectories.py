"""Diversity of trajectories against closed forms."""

import numpy as np
import pytest

from ilbench.errors import EmptyScoreError
from ilbench.scores import UndefinedScoreError
from ilbench.scores.diversity.trajectories import (
    Scale,
    distances,
    gaussian_kernel,
    median_distance,
    path_descriptor,
    state_coverage,
    vendi_score,
)


@pytest.mark.parametrize("n", [1, 2, 7])
def test_vendi_score_counts_items_that_are_all_different_or_all_alike(n):
    assert vendi_score(np.eye(n)) == pytest.approx(n)
    assert vendi_score(np.ones((n, n))) == pytest.approx(1)


def test_vendi_score_counts_groups():
    groups = np.kron(np.eye(3), np.ones((4, 4)))
    assert vendi_score(groups) == pytest.approx(3)


def test_vendi_score_of_two_items_is_the_entropy_of_their_eigenvalues():
    k = 0.5
    shares = np.array([(1 + k) / 2, (1 - k) / 2])
    assert vendi_score(np.array([[1, k], [k, 1]])) == pytest.approx(np.exp(-(shares * np.log(shares)).sum()))


@pytest.mark.parametrize(
    ("kernel", "problem"),
    [([[1, 0.5], [0.2, 1]], "symmetric"), ([[2, 0], [0, 1]], "itself"), ([[1, 2], [2, 1]], "negative")],
)
def test_what_is_no_kernel_has_no_vendi_score(kernel, problem):
    with pytest.raises(UndefinedScoreError, match=problem):
        vendi_score(np.array(kernel, float))
    with pytest.raises(EmptyScoreError):
        vendi_score(np.zeros((0, 0)))


def test_gaussian_kernel_by_hand():
    kernel = gaussian_kernel(np.array([[0.0, 0.0], [3.0, 4.0]]), 5.0)
    assert kernel == pytest.approx(np.array([[1, np.exp(-0.5)], [np.exp(-0.5), 1]]))
    with pytest.raises(UndefinedScoreError, match="bandwidth"):
        gaussian_kernel(np.zeros((2, 1)), 0.0)


def test_a_path_descriptor_does_not_depend_on_the_speed():
    slow = np.linspace([0.0, 1.0], [2.0, 5.0], 101)
    fast = np.linspace([0.0, 1.0], [2.0, 5.0], 8)
    assert path_descriptor(slow) == pytest.approx(path_descriptor(fast))
    assert path_descriptor(np.array([[1.0, 2.0]]), 3).tolist() == [1, 2, 1, 2, 1, 2]


def test_distances_agree_with_their_definition_across_blocks():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(700, 3)), rng.normal(size=(5, 3))
    expected = np.linalg.norm(first[:, None] - second[None], axis=2)
    assert distances(first, second) == pytest.approx(expected)
    assert median_distance(np.array([[0.0], [1.0], [5.0]])) == pytest.approx(4)


def test_scaled_references_have_unit_spread_and_a_constant_stays_finite():
    path = np.column_stack([np.arange(10.0), np.full(10, 3.0)])
    scaled = Scale.of([path])(path)
    assert scaled.std(axis=0) == pytest.approx([1, 0])


def lines(heights):
    return [np.column_stack([np.arange(5.0), np.full(5, h)]) for h in heights]


def test_the_demonstrations_cover_themselves_and_nothing_far_covers_them():
    demonstrations = lines([0.0, 1.0, 2.0])
    assert state_coverage(demonstrations, demonstrations) == 1
    assert state_coverage(lines([50.0]), demonstrations) == 0


def test_coverage_is_the_share_of_demonstrations_come_near_to():
    demonstrations = lines([0.0, 1.0, 10.0, 11.0])
    assert state_coverage(lines([0.5]), demonstrations, num_neighbors=1) == 0.5


def test_no_coverage_of_a_single_demonstration():
    with pytest.raises(EmptyScoreError, match="2 demonstrations"):
        state_coverage(lines([0.0]), lines([0.0]))
