"""The root of the command line: its own options, and the tree of commands below it."""

from __future__ import annotations

from typing import Any

import typer

from ilbench.cli.command import load_commands, make_tree

HELP = (
    "Score imitation-learning policies on success, diversity and generalization.\n\n"
    "A first tour:  ilbench list  →  ilbench demos d3il/avoiding-v2  →  ilbench train bc-mlp "
    "d3il/avoiding-v2  →  ilbench run bc-mlp --task d3il/avoiding-v2 --preset full  →  "
    "ilbench leaderboard runs/*"
)


def root(
    version: bool = typer.Option(False, "--version", help="Show the version and end."),
    traceback: bool = typer.Option(
        False, "--traceback", help="Show the whole traceback of an error; may stand anywhere."
    ),
) -> None:
    """Takes the options that every command has; `ilbench.cli.main` looks at ``--traceback``."""


def make_app() -> Any:
    """Returns the command line, ready to be called with arguments."""
    options = typer.Typer(add_completion=False)
    options.callback()(root)
    return make_tree(
        tuple(load_commands().values()),
        name="ilbench",
        help=HELP,
        params=typer.main.get_group(options).params,
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
