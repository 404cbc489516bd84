"""Outputs: what a leaderboard can be rendered to, one value a format."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ilbench.errors import UnknownNameError, UsageError
from ilbench.importing import load_object
from ilbench.plain_text import printable_lines
from ilbench.plugins import by_name, load_plugins

if TYPE_CHECKING:
    from rich.console import ConsoleRenderable

    from ilbench.leaderboard.board import Leaderboard

TEXT_WIDTH = 140
"""Characters a line of what is laid out for a terminal, where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A format. A package adds its own by an entry point of the group ``ilbench.outputs``.

    Attributes:
        name: What ``ilbench leaderboard --format`` calls it.
        summary: What it is for, in a few words.
        render: Import string of a function from a `Leaderboard` to its text, or to something that a rich
            console prints. The same board must give the same bytes. `Row.label` is the name to show, as text:
            escaping it is the format's business (`ilbench.leaderboard.escape` has it for those here).
        options: Names of the keyword arguments that the function takes beside the board, if any.
    """

    name: str
    summary: str
    render: str
    options: tuple[str, ...] = ()

    def of(self, board: Leaderboard, **options: object) -> str | ConsoleRenderable:
        """Returns a board in this format.

        Raises:
            UsageError: The format has no option of a name.
        """
        for name in options:
            if name not in self.options:
                having = ", ".join(one.name for one in load_outputs().values() if name in one.options)
                raise UsageError(
                    f"format {self.name!r} has no option {name!r}; formats that have it: {having or 'none'}"
                )
        rendered: str | ConsoleRenderable = load_object(self.render)(board, **options)
        return rendered


OUTPUTS = (
    Output(
        name="table",
        summary="for the terminal",
        render="ilbench.leaderboard.to_terminal:terminal_view",
    ),
    Output(
        name="md",
        summary="Markdown, as GitHub renders it",
        render="ilbench.leaderboard.to_markdown:to_markdown",
    ),
    Output(name="csv", summary="every measure", render="ilbench.leaderboard.to_csv:to_csv"),
    Output(
        name="latex",
        summary="for a paper",
        render="ilbench.leaderboard.to_latex:to_latex",
        options=("width", "columns", "decimals"),
    ),
    Output(name="html", summary="a page with figures", render="ilbench.leaderboard.to_html:to_html"),
    Output(name="json", summary="everything", render="ilbench.leaderboard.to_json:to_json"),
)


def load_outputs() -> Mapping[str, Output]:
    """Returns every output by name, those of other packages among them.

    Raises:
        DuplicateNameError: Two share a name.
        PluginError: An entry point of the group ``ilbench.outputs`` leads to no output.
    """
    return by_name(load_plugins("ilbench.outputs", Output), "output")


def find_output(name: str) -> Output:
    """Returns the output of a name.

    Raises:
        UnknownNameError: There is none.
    """
    outputs = load_outputs()
    if name not in outputs:
        raise UnknownNameError("leaderboard format", name, outputs)
    return outputs[name]


def render(board: Leaderboard, format: str) -> str:
    """Returns the leaderboard as text, the same for the same board on every call.

    Args:
        board: The leaderboard.
        format: Name of an output.

    Raises:
        UnknownNameError: There is no such output.
    """
    return as_text(find_output(format).of(board))


def as_text(rendered: str | ConsoleRenderable) -> str:
    """Returns what an output made as text, without anything that a terminal could obey.

    What has to be laid out has `TEXT_WIDTH` characters a line, and a string in it is text, not markup.
    """
    if isinstance(rendered, str):
        return printable_lines(rendered)
    from ilbench.plain_console import PlainConsole

    console = PlainConsole(file=io.StringIO(), width=TEXT_WIDTH, no_color=True)
    with console.capture() as capture:
        console.print(rendered)
    return capture.get()
