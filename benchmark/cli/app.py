"""The root of the command line: its own options, and the tree of commands below it."""

from __future__ import annotations

from typing import Any

import typer

from ilbench.cli.command import CommandGroup, load_commands

HELP = (
    "Score imitation-learning policies on success, diversity and generalization.\n\n"
    "A first tour:  ilbench list  →  ilbench demos d3il/avoiding-v3  →  ilbench train bc-mlp "
    "d3il/avoiding-v3  →  ilbench run bc-mlp --task d3il/avoiding-v3 --preset full  →  "
    "ilbench leaderboard runs/*"
)


class Root(CommandGroup):
    """The commands of all installed packages."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(everything=load_commands(), **settings)


app = typer.Typer(
    name="ilbench",
    cls=Root,
    help=HELP,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def root(
    version: bool = typer.Option(False, "--version", help="Show the version and end."),
    traceback: bool = typer.Option(
        False, "--traceback", help="Show the whole traceback of an error; may stand anywhere."
    ),
) -> None:
    """Takes the options that every command has; `ilbench.cli.main` looks at ``--traceback``."""
