"""Comparison of runs: the same answer as of their records, if these are the same episodes."""

import pytest
from made_up import A, B, make_run

from ilbench.scores import MismatchedRecordsError, check_comparable, compare_policies, compare_runs
from ilbench.scores.comparison.compare_runs import MixedProtocolsWarning


def test_runs_are_compared_by_training_seed():
    first = [make_run("x", {A: 18}, seed=s) for s in (0, 1)]
    second = [make_run("y", {A: 4})]
    found = compare_runs(first, second, splits=["test"])
    assert found.comparisons[0].num_seeds == (2, 1)
    assert found == compare_policies([r.records for r in first], [second[0].records], splits=["test"])


def test_a_comparison_with_itself_says_so():
    (found,) = compare_runs([make_run("x", {A: 5}, seed=0)], [make_run("x", {A: 5}, seed=0)]).repeated
    assert (found.what, found.num_equal) == ("policy", found.num_common)


def test_runs_under_different_specs_are_refused():
    first, second = make_run("x", {A: 5, B: 5}), make_run("y", {A: 5}, spec="b" * 32)
    with pytest.raises(MismatchedRecordsError, match=f"different specs of {A}, so"):
        check_comparable([first], [second])


def test_a_task_that_only_one_has_played_does_not_matter():
    assert check_comparable([make_run("x", {A: 5})], [make_run("y", {B: 5}, spec="b" * 32)]) is None


def test_runs_of_two_protocols_are_compared_and_it_is_said():
    first, second = make_run("x", {A: 5}, protocol="1"), make_run("y", {A: 5}, protocol="2")
    with pytest.warns(MixedProtocolsWarning, match="of the protocols 1 and 2"):
        check_comparable([first], [second])
