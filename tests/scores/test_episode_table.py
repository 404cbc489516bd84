"""The episode table: grouping and pairing of records, whatever their order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import REACH, played, record

from ilbench.scores import EpisodeTable, MismatchedRecordsError
from ilbench.scores.episode_table import as_table

PLACES = st.sets(
    st.tuples(st.sampled_from(["train", "test"]), st.integers(0, 5), st.integers(0, 3)), max_size=20
)


def records(places):
    return [record(context, repeat=repeat, split=split) for split, context, repeat in places]


def places_of(table):
    names = [table.splits[i][1] for i in table.split]
    return list(zip(table.seed.tolist(), names, table.context.tolist(), table.repeat.tolist(), strict=True))


@given(PLACES, PLACES, st.randoms())
def test_the_order_of_records_does_not_matter_within_a_split(first, second, random):
    runs = [records(sorted(first)), records(sorted(second))]
    mixed = [random.sample(run, len(run)) for run in runs]
    for split in ("train", "test"):
        one, other = (EpisodeTable.of_runs(r).of(REACH, split) for r in (runs, mixed))
        assert places_of(one) == places_of(other) == sorted(places_of(one))


@given(PLACES, PLACES)
def test_every_record_is_in_one_split_and_one_seed(first, second):
    table = EpisodeTable.of_runs([records(first), records(second)])
    parts = [seed for at in table.played for seed in table.of(*at).by_seed()]
    assert sum(map(len, parts)) == len(table) == len(first) + len(second)


@given(PLACES, PLACES)
def test_pairs_are_the_common_keys_row_for_row(first, second):
    mine, theirs = (EpisodeTable.of_runs([records(p)]).of(REACH, "test") for p in (first, second))
    one, other = mine.paired_with(theirs)
    common = sorted(p[1:] for p in first & second if p[0] == "test")
    for side in (one, other):
        assert list(zip(side.context.tolist(), side.repeat.tolist(), strict=True)) == common


def test_columns_hold_what_records_say():
    faulty = record(0, False, status="timeout", mode=None, episode_return=2.5)
    table = EpisodeTable.of_runs([[faulty, record(1, mode=3), record(2, status="env_error")]])
    assert table.is_fault.tolist() == [True, False, False]
    assert (table.success.tolist(), table.mode.tolist()) == ([0.0, 1.0, 0.0], [-1, 3, -1])
    assert (table.episode_return[0], table.num_unscored, len(table.scored())) == (2.5, 1, 2)


def test_episodes_of_all_seeds_make_a_grid():
    table = EpisodeTable.of_runs([played([1, 0, 1]), played([0, 1])]).in_all_seeds()
    assert table.grid(table.success).tolist() == [[1, 0], [0, 1]]


def test_an_episode_twice_in_one_seed_is_refused_but_played_again_after_an_error_is_not():
    with pytest.raises(MismatchedRecordsError, match=r"test\[0\] repeat 0 occurs twice"):
        EpisodeTable.of_runs([[record(0), record(0)]])
    assert len(EpisodeTable.of_runs([[record(0), record(0, status="env_error")]]).scored()) == 1


def test_a_table_is_itself_and_stands_for_all_training_seeds():
    table = EpisodeTable.of_runs([played([1])])
    assert as_table([table]) is table
    with pytest.raises(MismatchedRecordsError, match="every training seed"):
        as_table([table, table])


def test_a_split_that_was_not_played_is_empty():
    table = EpisodeTable.of_runs([played([1])])
    assert len(table.of(REACH, "train")) == len(table.of_task("toy/other-v1")) == 0
    assert np.array_equal(table.of_task(REACH).success, table.success)
