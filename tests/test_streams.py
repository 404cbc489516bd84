"""Generators in processes of their own: functions that any process can import stand for real work."""

from __future__ import annotations

import math
import multiprocessing
import os
import time
from contextlib import closing
from functools import partial

import pytest

from ilbench.streams import ProcessDiedError, ProcessFaultError, stream


def test_values_come_with_their_argument_and_in_its_order():
    found = list(stream(range, [3, 0, 2]))
    assert sorted(found) == [(0, 0), (0, 1), (0, 2), (2, 0), (2, 1)]
    assert [value for index, value in found if index == 0] == [0, 1, 2]


def test_none_is_a_value_and_not_an_end():
    assert list(stream(iter, [[None, None]])) == [(0, None), (0, None)]


def test_each_argument_has_a_process_that_ends_with_the_generator():
    pids = {}
    with closing(stream(partial(iter, os.getpid), [0, 0])) as endless:
        while len(pids) < 2:
            index, pid = next(endless)
            pids[index] = pid
    assert len({*pids.values(), os.getpid()}) == 3
    assert not multiprocessing.active_children()


def test_a_process_that_dies_is_an_error_with_its_exit_code():
    with pytest.raises(ProcessDiedError, match="died with exit code 7") as caught:
        list(stream(partial(map, os._exit), [[7]]))
    assert caught.value.exit_code == 7


def test_what_is_raised_there_comes_here_with_its_traceback():
    with pytest.raises(ProcessFaultError, match="ValueError: math domain error") as caught:
        list(stream(partial(map, math.sqrt), [[4.0, -1.0]]))
    assert "in _work" in caught.value.__notes__[0]


def test_a_fault_ends_the_processes_that_are_still_at_work():
    with pytest.raises(ProcessFaultError):
        list(stream(partial(map, time.sleep), [[600], ["a while"]]))
    assert not multiprocessing.active_children()
