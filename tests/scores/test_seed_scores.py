import numpy as np
import pytest
from made_up import A, B, make_task, outcomes

from ilbench.errors import EmptyScoreError
from ilbench.scores import aggregate, score_task, seed_scores


def splits(**seeds):
    """Returns the test split of each task, played by so many training seeds."""
    tasks = {"a": A, "b": B}
    return {
        tasks[key]: score_task(
            make_task(tasks[key]), *([*outcomes(10, 20, task=tasks[key])] for _ in range(number))
        ).splits["test"]
        for key, number in seeds.items()
    }


def test_rates_are_by_task_and_training_seed():
    found = seed_scores(splits(a=2, b=2))
    assert (found.rates == np.full((2, 2), 0.5)).all()
    assert [one.n for one in found.means] == [40, 40]
    assert found.left_out == ""


def test_training_seeds_that_lack_a_task_are_left_out_and_named():
    found = seed_scores(splits(a=3, b=1))
    assert found.rates.shape == (2, 1)
    assert found.left_out == f"training seeds that have not played every task: 2 of {A}"
    assert aggregate(found.rates, means=found.means, left_out=found.left_out).left_out == found.left_out


def test_a_task_that_was_not_played_is_the_reason_for_no_aggregate():
    with pytest.raises(EmptyScoreError, match=f"without {B}"):
        seed_scores({**splits(a=1), B: None})
