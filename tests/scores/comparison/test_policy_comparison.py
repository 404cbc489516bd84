import numpy as np
import pytest
from made_up import played, record

from ilbench.errors import EmptyScoreError
from ilbench.scores import compare_policies, mcnemar
from ilbench.scores.comparison.ranking import find_better, gather_outcomes


def test_several_tasks_are_corrected_and_lone_ones_named():
    names = ("toy/a-v1", "toy/b-v1")
    first = [r for name in names for r in played([1] * 8, task=name)]
    second = [r for name in (*names, "toy/c-v1") for r in played([0] * 8, task=name)]
    found = compare_policies([first], [second])
    assert [one.p_value for one in found.comparisons] == [2 / 2**8] * 2
    assert [one.adjusted for one in found.comparisons] == [4 / 2**8] * 2
    assert found.unpaired == (("toy/c-v1", "test"),)
    assert (found.mean_difference.value, found.improvement) == (1.0, None)


def test_several_training_seeds_have_a_probability_of_improvement():
    runs = [played([1, 1, 1, 0]), played([1, 1, 0, 0])]
    assert compare_policies(runs, [played([1, 1, 0, 0])] * 2).improvement.value == 0.75


def test_policies_with_no_task_in_common_are_not_compared():
    with pytest.raises(EmptyScoreError, match=r"first has toy/a-v1 test, the second toy/b-v1 test"):
        compare_policies([played([1], task="toy/a-v1")], [played([1], task="toy/b-v1")])


def test_one_test_covers_all_tasks():
    names = [f"toy/{letter}-v1" for letter in "abcd"]
    first = [r for name in names for r in played([1, 1, 0, 0, 0], task=name)]
    second = [r for name in names for r in played([0] * 5, task=name)]
    found = compare_policies([first], [second])
    assert found.p_value == mcnemar(8, 0) < 0.05 < min(one.adjusted for one in found.comparisons)
    assert (found.mean_difference.value, found.speaks_of) == (0.4, "policy")


def test_the_test_of_all_tasks_is_the_one_that_ranks():
    names, rng = ("toy/a-v1", "toy/b-v1"), np.random.default_rng(0)
    sides = [[[played(row, task=n) for n in names] for row in rng.random((3, 12)) < p] for p in (0.9, 0.3)]
    found = compare_policies(*([run[0] + run[1] for run in side] for side in sides))
    tables = [[gather_outcomes([run[i] for run in side]) for i in (0, 1)] for side in sides]
    assert find_better(tables)[0, 1] == (found.p_value <= 0.05)
    assert found.speaks_of == "method"


def test_every_task_weighs_the_same_in_the_mean_difference_however_many_splits():
    tasks = {"toy/a-v1": ("test",), "toy/b-v1": ("test", "train")}
    sides = [
        [
            r
            for t, splits in tasks.items()
            for s in splits
            for r in played([x and t[4] == "b"] * 6, task=t, split=s)
        ]
        for x in (1, 0)
    ]
    assert compare_policies(*([side] for side in sides)).mean_difference.value == pytest.approx(0.5)


def test_what_cannot_be_tested_is_not_corrected_for():
    fixed = [record(0, True, repeat=r, task="toy/a-v1") for r in range(9)]
    found = compare_policies([fixed + played([1] * 8)], [fixed + played([0] * 8)])
    assert [one.adjusted for one in found.comparisons] == [None, 2 / 2**8]
