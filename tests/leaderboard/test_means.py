import pytest
from made_up import graded_task, make_task, outcomes, shown

from ilbench.leaderboard.means import ENOUGH, find_modes, mean_scores
from ilbench.scores import score_task

D, E = "toy/ways-v1", "toy/more-v1"


def scored(task_id, records, num_modes=2):
    return {task_id: score_task(make_task(task_id, num_modes, num_contexts=60), records)}


def ways(task_id, modes):
    return scored(task_id, [*shown(modes, task=task_id), *shown(modes, task=task_id, split="train")])


def failing(task_id):
    return scored(task_id, outcomes(0, 20, task=task_id) + outcomes(0, 20, task=task_id, split="train"))


def test_the_three_scores_are_means_over_the_tasks():
    means = mean_scores(ways(D, [0, 1] * 10) | ways(E, [0] * 20), [D, E], [D, E])
    assert (means.success.value, means.diversity.value, means.generalization.value) == (1, 0.5, 1)
    assert (means.under_shifts, means.num_shifted_tasks) == (None, 0)


def test_a_task_without_a_success_counts_as_no_diversity_at_all():
    means = mean_scores(ways(D, [0, 1] * 10) | failing(E), [D, E], [D, E])
    assert means.diversity.value == pytest.approx(0.5)
    assert means.diversity.low < 0.5


def test_a_policy_that_never_succeeds_has_neither_diversity_nor_generalization():
    means = mean_scores(failing(D), [D], [D])
    assert means.success.value == 0
    assert (means.diversity, means.generalization) == (None, None)


def test_a_mean_over_tasks_that_a_row_lacks_is_none():
    means = mean_scores(ways(D, [0, 1]), [D, E], [D])
    assert (means.success, means.diversity, means.generalization) == (None, None, None)


def test_what_is_kept_under_shifts_is_success_under_them_over_that_on_test():
    splits = {"test": 40, "shift/noise-1": 30, "shift/noise-4": 10}
    records = [one for split, k in splits.items() for one in outcomes(k, 50, split=split)]
    task = graded_task()
    means = mean_scores({task.id: score_task(task, records)}, [task.id], [])
    assert means.under_shifts.value == pytest.approx(0.5)
    assert means.under_shifts.low < 0.5 < means.under_shifts.high


def test_a_task_that_is_solved_in_one_way_is_named():
    found = find_modes(ways(D, [1] * ENOUGH) | ways(E, [0, 1] * 10), [D, E])
    assert (found.found, found.total, found.one_way) == (3, 4, (D,))


def test_few_successes_do_not_tell_one_way_from_two():
    assert find_modes(ways(D, [1] * (ENOUGH - 1)), [D]).one_way == ()
    assert find_modes(ways(D, [1]), []) is None
