"""``ilbench leaderboard``: from run folders to tables, a page, figures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import typer

from ilbench.cli.console import help_text, say, say_all, wide_console
from ilbench.cli.options import UndeclaredTasks
from ilbench.leaderboard.outputs import Output, as_text, find_output, load_outputs

Runs = Annotated[
    list[Path], typer.Argument(metavar="RUN...", help="Run folders, or folders that hold run folders.")
]

_OUTPUTS = load_outputs()


def _summaries(outputs: Mapping[str, Output]) -> str:
    return "; ".join(f"{name}: {output.summary}" for name, output in outputs.items()) + "."


def leaderboard(
    runs: Runs,
    output_format: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help=help_text(_summaries(_OUTPUTS)))
    ] = "table",
    out: Annotated[Path | None, typer.Option(help="Write to this file instead of the terminal.")] = None,
    figures: Annotated[
        Path | None, typer.Option(help="Also draw the figures into this folder (PNG, PDF, SVG).")
    ] = None,
    preset: Annotated[str, typer.Option(help="Which preset is ranked; no table mixes two.")] = "full",
    task_list: Annotated[
        str | None, typer.Option("--list", help="The mean is over this task list, such as metaworld/mt10.")
    ] = None,
    task: UndeclaredTasks = None,
    width: Annotated[
        Literal["column", "page"] | None,
        typer.Option(help="latex: what each table fits.  [default: a column where it has room as it is]"),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(help="latex: show this column, by its heading; give it again for more."),
    ] = None,
    decimals: Annotated[
        int | None, typer.Option(min=0, max=6, help="latex: of every number.  [default: 2]")
    ] = None,
) -> None:
    """Make the leaderboard of runs: only complete runs of one preset are ranked.

    Examples:  ilbench leaderboard runs/*

    ilbench leaderboard results/* --format html --out board.html --figures figures

    ilbench leaderboard results/d3il --format latex --width column --decimals 3
    """
    import ilbench
    from ilbench.leaderboard.figures import save_figures

    output = find_output(output_format)
    board = ilbench.leaderboard(*runs, preset=preset, task_list=task_list, undeclared=task or ())
    options = {"width": width, "columns": columns, "decimals": decimals}
    rendered = output.of(board, **{name: value for name, value in options.items() if value is not None})
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(as_text(rendered), encoding="utf-8")
        say(f"wrote {out}")
    elif isinstance(rendered, str):
        say_all(rendered)
    else:
        wide_console().print(rendered)
    if figures is not None:
        for path in save_figures(board, figures):
            say(f"wrote {path}")
