"""A run may be given a time; what was played by then is kept."""

from __future__ import annotations

import pytest

import ilbench
from ilbench.runner.deadline import RunTimeoutError, until
from ilbench.runner.lineup import Resources, ResourcesError

TASK = "sea:TASK"


def clock(*times):
    told = iter(times)
    return lambda: next(told)


def test_without_a_limit_everything_comes():
    assert list(until(None, "abc", 3)) == ["a", "b", "c"]


def test_what_has_come_is_kept_when_the_time_is_over():
    items = until(2.0, "abc", 3, clock(0.0, 1.0, 2.5))
    assert [next(items), next(items)] == ["a", "b"]
    with pytest.raises(RunTimeoutError, match="longer than 2 s"):
        next(items)


def test_the_last_item_may_come_late():
    assert list(until(2.0, "ab", 2, clock(0.0, 1.0, 9.0))) == ["a", "b"]


def test_a_run_that_is_out_of_time_goes_on_when_called_again(tmp_path):
    how = {"task": TASK, "split": "test", "repeats": 60, "workers": 1, "out": tmp_path / "run"}
    with pytest.raises(RunTimeoutError):
        ilbench.run("random", **how, run_timeout=0.001)
    assert len(ilbench.load_run(tmp_path / "run").records) < 60
    assert ilbench.run("random", **how).complete


def test_a_limit_is_a_positive_number():
    with pytest.raises(ResourcesError, match="run-timeout must be a positive number of seconds"):
        Resources(run_timeout_s=0.0)
