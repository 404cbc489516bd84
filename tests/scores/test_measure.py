"""A measure says how its values are read."""

import pytest
from made_up import outcomes, reach_task

from ilbench.scores import score_task
from ilbench.scores.measures import GAP, SUCCESS


def test_a_share_can_be_drawn_and_a_difference_has_a_sign():
    assert (SUCCESS.is_share, SUCCESS.is_signed) == (True, False)
    assert (GAP.is_share, GAP.is_signed) == (False, True)


def test_the_number_is_the_value_of_the_estimate():
    task = score_task(reach_task(), outcomes(3, 4))
    assert SUCCESS.number(task, task.splits["test"]) == 0.75
    assert SUCCESS.estimate(task, task.splits["test"]) == task.splits["test"].success
    assert GAP.number(task, task.splits["test"]) is None


def test_an_estimate_that_is_a_plain_number_is_refused():
    task = score_task(reach_task(), outcomes(3, 4))
    with pytest.raises(TypeError, match="must be an Estimate"):
        type(SUCCESS)(
            name="x", title="x", unit="rate", range=(0, 1), higher_is_better=True, of=lambda *_: 0.5
        ).estimate(task, task.splits["test"])
