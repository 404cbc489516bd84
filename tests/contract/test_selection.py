from __future__ import annotations

from dataclasses import replace

import pytest

from ilbench.contract.registry import find_task, load_registry
from ilbench.contract.selection import select_tasks
from ilbench.contract.task_list import find_list
from ilbench.errors import MissingPackageError, UnknownNameError, UsageError

TASK = "d3il/avoiding-v3"


def ids(*arguments):
    return [task.id for task in select_tasks(*arguments)]


def test_tasks_are_given_as_values_or_ids_and_each_counts_once():
    assert ids([TASK, find_task(TASK), "d3il/pushing-v2"]) == [TASK, "d3il/pushing-v2"]


def test_a_suite_and_a_list_stand_for_their_tasks():
    assert ids((), ["pusht"]) == [task.id for task in load_registry().select(suite="pusht")]
    assert ids((), (), ["metaworld/mt10"]) == list(find_list("metaworld/mt10").tasks)


def test_nothing_named_is_a_mistake_of_usage():
    with pytest.raises(UsageError, match="no task was named"):
        select_tasks()


def test_an_unknown_name_is_answered_with_the_ones_spelled_alike():
    with pytest.raises(UnknownNameError, match="did you mean 'd3il/avoiding-v3'"):
        select_tasks(["d3il/avoidng-v2"])


def test_a_task_without_its_simulator_is_refused_before_anything_starts():
    with pytest.raises(MissingPackageError, match="needs the package 'no-such-simulator'"):
        select_tasks([replace(find_task(TASK), packages=("no-such-simulator",))])
