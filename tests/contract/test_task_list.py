import pytest

from ilbench.contract.registry import load_registry
from ilbench.contract.task_list import find_list, load_lists
from ilbench.errors import UnknownNameError


def test_an_unknown_list_is_refused():
    with pytest.raises(UnknownNameError, match="no task list named 'metaworld/mt11'"):
        find_list("metaworld/mt11")


def test_every_list_names_registered_tasks_and_says_where_it_is_from():
    registry = load_registry()
    for one in load_lists().values():
        assert set(one.tasks) <= set(registry)
        assert one.source
        assert len(set(one.train)) == len(one.train)
        for both in set(one.train) & set(one.test):
            name = both.rpartition("/")[2].rpartition("-")[0]
            assert f"{name} is among the training and the test tasks" in one.notes
