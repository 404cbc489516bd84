import numpy as np
import pytest
from made_up import played

from ilbench.errors import EmptyScoreError
from ilbench.scores import MismatchedRecordsError, compare, mcnemar
from ilbench.scores.comparison.ranking import find_better, gather_outcomes


def policy(*tasks):
    """Returns a policy's outcomes; a task is a list of training seeds, or the outcomes of a single one."""
    return [
        gather_outcomes([played(run) for run in (task if isinstance(task[0], list) else [task])])
        for task in tasks
    ]


def test_the_better_of_two_is_found():
    is_better = find_better([policy([1] * 10), policy([0] * 10)])
    assert is_better.tolist() == [[False, True], [False, False]]


@pytest.mark.parametrize("wins", [5, 6])
def test_two_policies_on_one_task_are_told_apart_as_by_the_comparison(wins):
    first, second = [1] * wins + [0] * 4, [0] * (wins + 4)
    found = find_better([policy(first), policy(second)])[0, 1]
    assert found == compare([played(first)], [played(second)]).is_distinguished == (mcnemar(wins, 0) <= 0.05)


def test_many_policies_need_more_to_be_told_apart():
    strong, weak = policy([1] * 7 + [0] * 3), policy([0] * 10)
    assert find_better([strong, weak])[0, 1]
    assert not find_better([strong, weak, weak, weak, weak])[0].any()


def test_every_task_weighs_the_same():
    first = policy([1] * 10 + [0] * 10, [0] * 200)
    second = policy([0] * 20, [1] * 20 + [0] * 180)
    assert find_better([first, second]).tolist() == find_better([second, first]).T.tolist()
    assert find_better([first, second])[0, 1]


def test_training_seeds_that_disagree_prove_nothing():
    good, bad = [1] * 30, [0] * 30
    assert not find_better([policy([good, bad, good]), policy([bad, good, bad])]).any()
    assert find_better([policy([good, good, good]), policy([bad, bad, bad])])[0, 1]


def test_equal_policies_are_seldom_told_apart():
    rng = np.random.default_rng(0)
    trials = [
        find_better([policy(list(row)) for row in rng.integers(0, 2, (4, 30))]).any() for _ in range(200)
    ]
    assert np.mean(trials) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 200)


def test_episodes_that_cannot_be_ranked_are_refused():
    with pytest.raises(EmptyScoreError, match="every training seed has played"):
        gather_outcomes([])
    with pytest.raises(MismatchedRecordsError, match="each training seed alone"):
        gather_outcomes([played([1]) + played([1])])
    late = [gather_outcomes([played([1], repeat=1)])]
    with pytest.raises(EmptyScoreError, match="no episode in common"):
        find_better([policy([1]), late])
