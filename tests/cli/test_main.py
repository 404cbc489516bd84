"""What every command does with errors, warnings and the options of all."""

from __future__ import annotations

import sys
import warnings

import pytest

import ilbench
from ilbench.cli import main
from ilbench.errors import ILBenchWarning, UsageError


@pytest.fixture
def call(monkeypatch, capsys):
    def run(*arguments, behave=None):
        monkeypatch.setattr(sys, "argv", ["ilbench", *arguments])
        if behave is not None:
            monkeypatch.setattr("ilbench.cli.list.list_tasks", behave)
        with pytest.raises(SystemExit) as end:
            main()
        shown = capsys.readouterr()
        return end.value.code, shown.out, shown.err

    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)
    return run


def test_the_version_is_shown(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["ilbench", "--version"])
    main()
    assert capsys.readouterr().out == f"ilbench {ilbench.__version__}\n"


def mistaken() -> None:
    error = UsageError("say something")
    error.add_note("traceback: somewhere")
    raise error


def surprised() -> None:
    raise ZeroDivisionError("by nothing")


def warned() -> None:
    warnings.warn("mind this", ILBenchWarning, stacklevel=1)


def test_a_mistake_is_one_line_with_its_notes_and_code_2(call):
    assert call("list", behave=mistaken) == (2, "", "error: say something\ntraceback: somewhere\n")


def test_what_nobody_foresaw_is_one_line_with_the_users_line_and_code_1(call):
    code, _, errors = call("list", behave=surprised)
    assert code == 1
    assert errors.startswith("error: ZeroDivisionError: by nothing (test_main.py:")
    assert "--traceback" in errors
    assert errors.count("\n") == 1


@pytest.mark.parametrize("arguments", [("list", "--traceback"), ("--traceback", "list")])
def test_the_whole_traceback_is_shown_when_asked_for_anywhere(monkeypatch, arguments):
    monkeypatch.setattr(sys, "argv", ["ilbench", *arguments])
    monkeypatch.setattr("ilbench.cli.list.list_tasks", surprised)
    with pytest.raises(ZeroDivisionError):
        main()


def test_our_own_warnings_are_notes(call):
    assert call("list", behave=warned) == (0, "", "note: mind this\n")
