"""Rates on two splits: training seeds and contexts in common are paired."""

import numpy as np
import pytest
from made_up import played, record

from ilbench.errors import EmptyScoreError
from ilbench.scores import EpisodeTable, wilson
from ilbench.scores.generalization.rates import rates_of
from ilbench.scores.statistics.estimate import difference


def table(split, *seeds):
    return EpisodeTable.of_runs([played(outcomes, split=split) for outcomes in seeds])


def test_one_training_seed_has_newcombes_interval_on_other_contexts():
    found = rates_of(table("train", [1] * 56 + [0] * 14), table("test", [1] * 48 + [0] * 32)).difference()
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert (found.method, found.n) == ("Newcombe", 150)


def test_contexts_in_common_tell_more_than_as_many_others():
    first, second = [1] * 33 + [0] * 27, [1] * 30 + [0] * 27 + [1] * 3
    found = rates_of(table("test", first), table("shift/far", second), is_paired=True).difference()
    apart = difference(wilson(33, 60), wilson(33, 60))
    assert found.high - found.low < 0.7 * (apart.high - apart.low)
    assert (found.n, found.method) == (60, "Newcombe, paired by contexts")


def test_a_training_seed_that_played_one_split_alone_does_not_enter():
    train = EpisodeTable.of_runs([played([0] * 40, split="train")])
    test = table("test", [0] * 40, [1] * 40, [1] * 40)
    found = rates_of(train, test)
    assert (found.difference().value, found.difference().speaks_of) == (0.0, "policy")


def test_what_a_training_seed_is_good_at_on_both_splits_cancels():
    seeds = [[1] * 36 + [0] * 4, [1] * 20 + [0] * 20, [1] * 4 + [0] * 36]
    found = rates_of(table("train", *seeds), table("test", *seeds))
    apart = difference(found.first, found.second)
    assert found.correlation > 0.7
    assert found.difference().high < 0.7 * apart.high


def test_nothing_in_common_is_nothing_to_compare():
    with pytest.raises(EmptyScoreError, match="scored episode in common"):
        rates_of(table("test", [1]), EpisodeTable.of_runs([[record(9, split="train")]]), is_paired=True)


def test_retention_is_the_ratio_and_undefined_where_the_first_may_be_zero():
    assert rates_of(table("train", [1] * 40), table("test", [1, 0] * 20)).retention().value == 0.5
    assert rates_of(table("train", [0] * 40), table("test", [1, 0] * 20)).retention() is None


def test_a_paired_interval_covers_the_truth():
    rng, hits = np.random.default_rng(0), 0
    outcomes = np.array([(1, 1), (1, 0), (0, 1), (0, 0)])
    for _ in range(150):
        first, second = outcomes[rng.choice(4, 50, p=[0.55, 0.25, 0.05, 0.15])].T.tolist()
        found = rates_of(table("test", first), table("shift/far", second), is_paired=True).difference()
        hits += found.low <= 0.2 <= found.high
    assert 138 <= hits <= 149
