import pytest

from ilbench.contract.task_list import TaskList
from ilbench.errors import EmptyScoreError
from ilbench.scores import EpisodeTable, Estimate, score_list
from ilbench.scores.statistics.intervals import wilson
from ilbench.scores.task_scores import SplitScores, TaskScores

TRIAD = TaskList(name="toy/triad", summary="", train=("a/one-v1", "a/two-v1"), test=("a/three-v1",))


def scores(task, **successes):
    splits = {name: split_scores(name, wilson(k, 10)) for name, k in successes.items()}
    return TaskScores(task=task, splits=splits, generalization=(), shifts=(), severity=(), num_unscored=0)


def split_scores(name, success: Estimate):
    return SplitScores(
        split=name,
        num_episodes=success.n,
        num_unscored=0,
        num_policy_faults=0,
        num_training_seeds=1,
        success=success,
        success_by_seed=(success,),
        final_success=None,
        time_to_success=None,
        mean_return=success,
        normalized_return=None,
        diversity=None,
        episodes=EpisodeTable.of_runs([]),
    )


def test_tasks_trained_on_and_tasks_held_out_have_means_of_their_own():
    found = score_list(
        TRIAD,
        {
            "a/one-v1": scores("a/one-v1", train=10, test=8),
            "a/two-v1": scores("a/two-v1", train=9, test=6),
            "a/three-v1": scores("a/three-v1", test=2),
            "b/other-v1": scores("b/other-v1", test=0),
        },
    )
    assert found.seen.value == pytest.approx(0.95)
    assert found.context_held_out.value == pytest.approx(0.7)
    assert found.task_held_out.value == pytest.approx(0.2)
    assert found.task_gap.value == pytest.approx(0.5)


def test_a_list_without_held_out_tasks_has_no_task_gap():
    mt = TaskList(name="toy/mt", summary="", train=("a/one-v1",))
    found = score_list(mt, {"a/one-v1": scores("a/one-v1", test=8)})
    assert (found.seen, found.task_held_out, found.task_gap) == (None, None, None)


def test_a_mean_over_part_of_a_list_is_refused():
    with pytest.raises(EmptyScoreError, match="toy/triad needs the test split of a/two-v1, a/three-v1"):
        score_list(TRIAD, {"a/one-v1": scores("a/one-v1", test=8)})
