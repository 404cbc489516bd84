from __future__ import annotations

from dataclasses import replace

import pytest
from made_up import reach_task

from ilbench.testing.records import TASK_ID, make_record, make_records, make_run
from ilbench.trust.records import NAMED, find_problems

TASKS = {TASK_ID: reach_task()}
SOUND = [make_record(0), make_record(1, False, length=10), make_record(2)]


def problems(records=SOUND, run=None):
    return find_problems(run or make_run(records), TASKS)


def test_a_sound_run_has_none():
    assert problems() == ()


def test_a_dropped_episode_is_named():
    run = make_run(SOUND)
    found = problems(run=replace(run, records=(run.records[0], run.records[2])))
    assert found == ("1 of 3 planned episodes have no record", f"{TASK_ID} test[1] repeat 0 has no record")


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        (
            make_record(0, False, length=3),
            "field 'length': found 3, expected the horizon, 10: the episode was",
        ),
        (
            make_record(0, True, terminated=False, truncated=True, length=10),
            "field 'terminated': found False, expected true: a success ends an episode of this task",
        ),
        (make_record(0, length=11), "field 'length': found 11, expected at most the horizon, 10"),
    ],
)
def test_an_end_that_cannot_be_is_named(record, problem):
    (found,) = problems([record])
    assert problem in found


def test_of_many_problems_the_first_are_named_and_the_others_counted():
    found = problems(make_records([0] * 9))
    assert len(found) == NAMED + 1
    assert found[-1] == "4 more of this kind"
