"""The command line: the only place that composes tasks, baselines and leaderboard."""

from __future__ import annotations

import sys


def main() -> None:
    """Runs the ``ilbench`` command; a mistake that the user can mend is one line and exit code 2."""
    from ilbench.cli.app import app
    from ilbench.errors import ILBenchError

    try:
        app()
    except ILBenchError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        print(f"error: {error.filename or 'storage'}: {error.strerror}", file=sys.stderr)
        sys.exit(2)
