"""The command line: every command parses its arguments, makes one call of `ilbench`, and prints."""

from __future__ import annotations

import sys
import warnings
from io import TextIOWrapper
from types import TracebackType
from typing import Any

from ilbench.arithmetic import fix_arithmetic
from ilbench.errors import UsageError

TRACEBACK = "--traceback"


def main() -> None:
    """Runs the ``ilbench`` command; a mistake that the user can mend is one line and exit code 2.

    An error that nobody foresaw is one line too, with the innermost line that is not a library's, and exit
    code 1. ``--traceback`` shows where either arose.
    """
    arguments = [argument for argument in sys.argv[1:] if argument != TRACEBACK]
    if arguments == ["--version"]:
        from ilbench import __version__
        from ilbench.cli.console import say

        say(f"ilbench {__version__}")
        return
    try:
        fix_arithmetic()  # before anything imports NumPy
    except UsageError as error:
        sys.exit(_explain(error))
    from ilbench.cli.app import app

    if isinstance(sys.stdout, TextIOWrapper):  # a name that the terminal's encoding lacks is spelled out
        sys.stdout.reconfigure(errors="backslashreplace")
    warnings.showwarning = _show_note(warnings.showwarning)
    try:
        app(args=arguments, prog_name="ilbench")
    except Exception as error:  # one that nobody foresaw is told in a line, too
        if TRACEBACK in sys.argv:
            sys.excepthook = _show_traceback
            raise
        sys.exit(_explain(error))


def _show_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Prints what ends the program as Python does, but without anything that a terminal could obey."""
    from traceback import format_exception

    from ilbench.cli.console import say_all

    say_all("".join(format_exception(kind, error, trace)), is_aside=True)


def _explain(error: Exception) -> int:
    """Prints what went wrong, and returns the exit code."""
    from ilbench.cli.console import say
    from ilbench.errors import ILBenchError, in_one_line

    code = 2
    if isinstance(error, ILBenchError):
        say(f"error: {error}", is_aside=True)
    elif isinstance(error, OSError) and error.strerror:
        say(f"error: {error.filename or 'storage'}: {error.strerror}", is_aside=True)
    else:
        code = 1
        say(f"error: {in_one_line(error)}; the same command with {TRACEBACK} shows where", is_aside=True)
    for note in getattr(error, "__notes__", ()):
        say(note, is_aside=True)
    return code


def _show_note(otherwise: Any) -> Any:
    """Returns what prints our own warnings as notes, and leaves those of others to `otherwise`."""
    from ilbench.cli.console import say
    from ilbench.errors import ILBenchWarning

    warnings.simplefilter("always", ILBenchWarning)

    def show(message: Any, category: Any, *arguments: Any, **options: Any) -> None:
        if issubclass(category, ILBenchWarning):
            say(f"note: {message}", is_aside=True)
        else:
            otherwise(message, category, *arguments, **options)

    return show
