import pytest
from made_up import played

from ilbench.errors import EmptyScoreError
from ilbench.scores import compare_policies


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
