"""Records that cannot be of their tasks."""

from __future__ import annotations

import pytest
from made_up import make_task

from ilbench.contract.registry import Registry
from ilbench.errors import CorruptFileError
from ilbench.leaderboard import build
from ilbench.scores import score_run
from ilbench.scores.possible import check_possible
from ilbench.testing.records import make_record, make_records, make_run

TASK = make_task(num_modes=2, num_contexts=5)
TASKS = Registry([TASK])
IMPOSSIBLE = {
    "a length beyond the horizon": (
        {"length": 11},
        "field 'length': found 11, expected at most the horizon, 10",
    ),
    "a context beyond the split": ({"context": 5}, "field 'context': found 5, expected less than 5"),
    "a mode beyond the task's": ({"mode": 2}, "field 'mode': found 2, expected less than 2"),
    "a split that is none": ({"split": "tset"}, "field 'split': found 'tset', which the task does not have"),
}


def test_records_at_every_bound_are_possible():
    check_possible(make_run([*make_records([1, 0, 1, 0]), make_record(4, length=10, mode=1)]), TASKS)


@pytest.mark.parametrize(("change", "problem"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
@pytest.mark.parametrize(
    "use",
    [check_possible, score_run, lambda run, tasks: build([run], tasks)],
    ids=["check", "score", "leaderboard"],
)
def test_one_that_is_not_is_refused_wherever_it_enters(use, change, problem):
    run = make_run([make_record(0), make_record(**{"context": 1, **change})])
    with pytest.raises(CorruptFileError, match=f"journal.jsonl: episode 2 of the plan, .*: {problem}"):
        use(run, TASKS)


def test_a_task_without_modes_has_none():
    run = make_run([make_record(mode=0)])
    with pytest.raises(CorruptFileError, match="field 'mode': found 0, expected None"):
        check_possible(run, Registry([make_task()]))
