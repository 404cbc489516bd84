"""Outputs: what a leaderboard can be rendered to, one value a format."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, Union

from ilbench.errors import UnknownNameError, UsageError
from ilbench.importing import load_object
from ilbench.plain_text import printable_lines
from ilbench.plugins import by_name, load_plugins
from ilbench.storage import write_atomically

if TYPE_CHECKING:
    from rich.console import ConsoleRenderable

    from ilbench.leaderboard.board import Leaderboard

Rendered: TypeAlias = Union[str, bytes, Mapping[str, str], "ConsoleRenderable"]  # a name of types alone
"""A text, the bytes of a file, the files of a folder by their paths, or what a rich console prints."""

TEXT_WIDTH = 140
"""Characters a line of what is laid out for a terminal, where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A format. A package adds its own by an entry point of the group ``ilbench.outputs``.

    Attributes:
        name: What ``ilbench leaderboard --format`` calls it.
        summary: What it is for, in a few words.
        render: Import string of a function from a `Leaderboard` to what `Rendered` says. The same board must
            give the same bytes. `Row.label` is the name to show, as text: escaping it is the format's
            business (`ilbench.leaderboard.escape` has it for those here).
        options: Names of the keyword arguments that the function takes beside the board, if any.
        is_text: Whether it is a text, and not the bytes of a file or the files of a folder.
    """

    name: str
    summary: str
    render: str
    options: tuple[str, ...] = ()
    is_text: bool = True

    def of(self, board: Leaderboard, **options: object) -> Rendered:
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
        rendered: Rendered = load_object(self.render)(board, **options)
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
    Output(
        name="parquet",
        summary="every score, a line each, as a file for data frames",
        render="ilbench.leaderboard.to_parquet:to_parquet",
        is_text=False,
    ),
    Output(
        name="eee",
        summary="a folder in the schema of Every Eval Ever, with every episode",
        render="ilbench.leaderboard.to_eee:to_eee",
        is_text=False,
    ),
    Output(
        name="hf",
        summary="a folder of .eval_results for models on the Hugging Face Hub",
        render="ilbench.leaderboard.to_hf:to_hf",
        options=("dataset",),
        is_text=False,
    ),
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
        UsageError: It is no text: `save` writes it.
    """
    return as_text(find_output(format).of(board))


def save(rendered: Rendered, path: Path) -> None:
    """Writes what an output made: a file, or a folder that does not exist yet or is empty.

    Raises:
        UsageError: There is something where the folder should be.
        StorageError: The disk refused.
    """
    if not isinstance(rendered, Mapping):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, rendered if isinstance(rendered, bytes) else as_text(rendered))
        return
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise UsageError(f"{path} is not an empty folder; choose another with --out")
    for name, text in rendered.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path / name, text)


def as_text(rendered: Rendered) -> str:
    """Returns what an output made as text, without anything that a terminal could obey.

    What has to be laid out has `TEXT_WIDTH` characters a line, and a string in it is text, not markup.

    Raises:
        UsageError: It is no text, but the content of a file or of a folder.
    """
    if isinstance(rendered, bytes | Mapping):
        what = "a file" if isinstance(rendered, bytes) else "a folder"
        raise UsageError(f"this format makes {what}, which no terminal shows; say where with --out")
    if isinstance(rendered, str):
        return printable_lines(rendered)
    from ilbench.plain_console import PlainConsole

    console = PlainConsole(file=io.StringIO(), width=TEXT_WIDTH, no_color=True)
    with console.capture() as capture:
        console.print(rendered)
    return capture.get()
