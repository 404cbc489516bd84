from __future__ import annotations

import pytest

from ilbench.errors import UnknownNameError
from ilbench.runner.fleets.executors import LOCAL, load_executors, make_fleet
from ilbench.runner.fleets.local import LocalFleet


def test_the_local_executor_is_one_of_those_that_packages_declare():
    assert load_executors()["local"] == LOCAL


def test_an_executor_is_made_by_its_name():
    assert isinstance(make_fleet("local"), LocalFleet)


def test_an_unknown_executor_is_refused_with_those_there_are():
    with pytest.raises(UnknownNameError, match="no executor named 'locla'; did you mean 'local'"):
        make_fleet("locla")
