from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from ilbench import plugins
from ilbench.contract.task_list import TaskList
from ilbench.errors import DuplicateNameError, PluginError

ONE = TaskList(name="one", summary="", train=())
TWO = TaskList(name="two", summary="", train=())
BOTH = [ONE, TWO]


@pytest.fixture
def declare(monkeypatch, request):
    """Returns a function that declares entry points which lead into this very module."""

    def declare(*values):
        points = [EntryPoint(f"p{i}", value, "ilbench.lists") for i, value in enumerate(values)]
        monkeypatch.setattr(plugins, "entry_points", lambda group: points)
        monkeypatch.setitem(__import__("sys").modules, "here", request.module)

    return declare


def test_an_entry_point_leads_to_one_value_or_to_several(declare):
    declare("here:BOTH", "here:ONE")
    assert plugins.load_plugins("ilbench.lists", TaskList) == (ONE, TWO, ONE)


def test_import_strings_of_the_caller_come_after_those_installed(declare):
    declare("here:TWO")
    assert plugins.load_plugins("ilbench.lists", TaskList, ["here:ONE"]) == (TWO, ONE)


@pytest.mark.parametrize("value", ["here:MISSING", "no_such_module:X", "here:declare"])
def test_an_entry_point_that_leads_nowhere_is_named(declare, value):
    declare(value)
    with pytest.raises(PluginError, match=value):
        plugins.load_plugins("ilbench.lists", TaskList)


def test_two_values_of_one_name_are_refused():
    assert list(plugins.by_name(BOTH, "list")) == ["one", "two"]
    with pytest.raises(DuplicateNameError, match="list 'one' is declared twice"):
        plugins.by_name([ONE, ONE], "list")
