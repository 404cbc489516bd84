import pytest
from made_up import NOISE, graded_task, played

from ilbench.scores import score_task, summarize_generalization


def on(split, successes):
    return played(successes, split=split)


def scores_of(**successes):
    names = {
        "train": "train",
        "test": "test",
        "far": "shift/far",
        **{f"noise{k}": n for k, n in NOISE.items()},
    }
    return score_task(graded_task(), [r for key, side in successes.items() for r in on(names[key], side)])


def test_summary_counts_each_task_the_same_and_says_how_many():
    first = scores_of(train=[1, 1, 1, 1], test=[1, 1, 1, 0], noise1=[1, 1, 0, 0], noise4=[0, 0, 0, 0])
    second = scores_of(train=[1, 1], test=[1, 0])
    summary = summarize_generalization([first, second])
    assert summary.num_tasks == 2
    assert summary.gap.value == pytest.approx((0.25 + 0.5) / 2)
    assert summary.retention.value == pytest.approx(0.625)
    assert (summary.num_shifted_tasks, summary.num_graded_tasks) == (1, 1)
    assert summary.shift_drop.value == pytest.approx((0.25 + 0.75) / 2)
    assert summary.severity_area.value == pytest.approx((0.625 + 3 * 0.25) / 4)


def test_summary_of_nothing_holds_no_number():
    summary = summarize_generalization([])
    assert summary.gap is summary.retention is summary.shift_drop is summary.severity_area is None


def test_a_task_that_nothing_was_learned_on_lowers_no_retention():
    failed = scores_of(train=[0, 0], test=[0, 0])
    solved = scores_of(train=[1] * 30, test=[1] * 30)
    assert failed.gap("test").retention is None
    assert summarize_generalization([failed, solved]).retention.value == 1
    assert summarize_generalization([failed]).retention is None
