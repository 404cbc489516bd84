from __future__ import annotations

import itertools
from collections import Counter
from math import comb, prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilbench.testing.records import make_records
from ilbench.trust.sampling import Stratum, draw_episodes, found_out_from, hidden, miss_probability

RECORDS = [
    *make_records([1] * 30, split="train"),
    *make_records([1] * 10),
    *make_records([0], task="toy/b-v1"),
]


def drawn(count, secret="s"):
    return draw_episodes(RECORDS, count, secret)


@pytest.mark.parametrize("count", [0, 1, 3, 7, 40, 41, 100])
def test_as_many_are_drawn_as_were_asked_for_each_once(count):
    found, strata = drawn(count)
    assert len({record.id for record in found}) == len(found) == min(count, len(RECORDS))
    assert sum(stratum.num_drawn for stratum in strata) == len(found)


def test_every_split_gives_one_and_the_larger_ones_more():
    _, strata = drawn(11)
    assert [stratum.num_drawn for stratum in strata] == [8, 2, 1]


def test_the_secret_alone_decides():
    assert drawn(5) == drawn(5)
    assert drawn(5)[0] != drawn(5, "another")[0]


def test_every_episode_of_a_split_is_drawn_about_as_often():
    found = Counter(record.id for secret in range(200) for record in drawn(12, str(secret))[0])
    counts = [found[record.id] for record in RECORDS[:30]]
    assert 35 < min(counts) <= max(counts) < 90  # 60 expected, standard deviation 6.5


@given(st.integers(1, 30), st.integers(0, 30), st.integers(0, 30))
def test_the_probability_of_missing_all_changes_is_hypergeometric(total, count, changed):
    count, changed = min(count, total), min(changed, total)
    expected = comb(total - changed, count) / comb(total, count)
    assert miss_probability(total, count, changed) == pytest.approx(expected)


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 4)), min_size=1, max_size=3))
def test_nobody_hides_changes_better_than_the_best_placing(sizes):
    strata = [Stratum(size, min(size, count)) for size, count in sizes]
    for number, found in enumerate(hidden(strata), start=1):
        placings = itertools.product(*(range(stratum.num_episodes + 1) for stratum in strata))
        best = max(
            prod(
                miss_probability(*stratum, changed) for stratum, changed in zip(strata, placing, strict=True)
            )
            for placing in placings
            if sum(placing) == number
        )
        assert found == pytest.approx(best)


def test_changes_in_a_split_that_gave_no_episode_are_never_found_out():
    assert list(hidden([Stratum(3, 0), Stratum(2, 1)])) == pytest.approx([1, 1, 1, 0.5, 0])


@pytest.mark.parametrize(
    ("strata", "share"),
    [([Stratum(100, 100)], 0.01), ([Stratum(100, 20)], 0.13), ([Stratum(100, 0)], None)],
)
def test_the_least_share_that_is_found_out(strata, share):
    assert found_out_from(strata) == share
