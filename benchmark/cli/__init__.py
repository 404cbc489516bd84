"""The command line: every command parses its arguments, makes one call of `ilbench`, and prints."""

from __future__ import annotations

import sys
import warnings
from typing import Any

TRACEBACK = "--traceback"


def main() -> None:
    """Runs the ``ilbench`` command; a mistake that the user can mend is one line and exit code 2.

    An error that nobody foresaw is one line too, with the innermost line that is not a library's, and exit
    code 1. ``--traceback`` shows where either arose.
    """
    arguments = [argument for argument in sys.argv[1:] if argument != TRACEBACK]
    if arguments == ["--version"]:
        from ilbench import __version__

        print(f"ilbench {__version__}")
        return
    from ilbench.cli.app import app

    warnings.showwarning = _show_note(warnings.showwarning)
    try:
        app(args=arguments, prog_name="ilbench")
    except Exception as error:
        if TRACEBACK in sys.argv:
            raise
        sys.exit(_explain(error))


def _explain(error: Exception) -> int:
    """Prints what went wrong, and returns the exit code."""
    from ilbench.errors import ILBenchError, in_one_line

    code = 2
    if isinstance(error, ILBenchError):
        print(f"error: {error}", file=sys.stderr)
    elif isinstance(error, OSError) and error.strerror:
        print(f"error: {error.filename or 'storage'}: {error.strerror}", file=sys.stderr)
    else:
        code = 1
        print(f"error: {in_one_line(error)}; the same command with {TRACEBACK} shows where", file=sys.stderr)
    for note in getattr(error, "__notes__", ()):
        print(note, file=sys.stderr)
    return code


def _show_note(otherwise: Any) -> Any:
    """Returns what prints our own warnings as notes, and leaves those of others to `otherwise`."""
    from ilbench.errors import ILBenchWarning

    warnings.simplefilter("always", ILBenchWarning)

    def show(message: Any, category: Any, *arguments: Any, **options: Any) -> None:
        if issubclass(category, ILBenchWarning):
            print(f"note: {message}", file=sys.stderr)
        else:
            otherwise(message, category, *arguments, **options)

    return show
