"""Errors: each names what was found and the way out."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from ilbench import errors
from ilbench.errors import CorruptFileError, ILBenchError, MissingPackageError, UnknownNameError


def test_one_base_for_all_that_a_user_can_mend():
    classes = [c for _, c in inspect.getmembers(errors, inspect.isclass) if c.__module__ == errors.__name__]
    mistakes = [c for c in classes if not issubclass(c, Warning)]
    assert len(mistakes) > 5
    assert all(issubclass(c, ILBenchError) and c.__doc__ for c in mistakes)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("avoidng", "did you mean 'avoiding'?"),
        ("zzz", "known: avoiding, pushing"),
    ],
)
def test_an_unknown_name_comes_with_those_that_are_near_or_with_all(name, hint):
    error = UnknownNameError("task", name, ["pushing", "avoiding"])
    assert str(error) == f"no task named {name!r}; {hint}"


def test_where_there_are_no_names_that_is_said():
    assert str(UnknownNameError("split", "test", [])).endswith("known: none")


def test_a_missing_package_comes_with_the_command_that_installs_it():
    message = str(MissingPackageError("task 'd3il/avoiding-v3'", "mujoco", "d3il"))
    assert "needs the package 'mujoco', which is not installed" in message
    assert "pip install" in message
    assert "[d3il]" in message


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "a/b: cut off"),
        ({"line": 3}, "a/b:3: cut off"),
        ({"line": 3, "remedy": "restore it"}, "a/b:3: cut off; restore it"),
    ],
)
def test_a_corrupt_file_is_named_with_line_and_remedy(options, expected):
    assert str(CorruptFileError(Path("a/b"), "cut off", **options)) == expected
