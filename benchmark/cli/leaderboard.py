"""``ilbench leaderboard``: from run folders to tables, a page, figures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

from ilbench.cli.console import help_text, say, say_all, wide_console
from ilbench.cli.options import UndeclaredTasks
from ilbench.leaderboard.outputs import Output, as_text, find_output, load_outputs, save

Runs = Annotated[
    list[Path], typer.Argument(metavar="RUN...", help="Run folders, or folders that hold run folders.")
]

SortBy: TypeAlias = Literal["success", "diversity", "generalization", "cost"]

_OUTPUTS = load_outputs()


def _summaries(outputs: Mapping[str, Output]) -> str:
    return "; ".join(f"{name}: {output.summary}" for name, output in outputs.items()) + "."


def leaderboard(
    runs: Runs,
    output_format: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help=help_text(_summaries(_OUTPUTS)))
    ] = "table",
    out: Annotated[
        Path | None, typer.Option(help="Write to this file, or folder, instead of the terminal.")
    ] = None,
    figures: Annotated[
        Path | None, typer.Option(help="Also draw the figures into this folder (PNG, PDF, SVG).")
    ] = None,
    board: Annotated[
        str | None, typer.Option(help="Rank on this declared board; 'ilbench list --boards' names them.")
    ] = None,
    sort: Annotated[
        SortBy,
        typer.Option(
            metavar="SCORE",
            help="Order the ranked rows by success, diversity, generalization or cost, the best first; ranks "
            "stay what they are.",
        ),
    ] = "success",
    preset: Annotated[
        str | None, typer.Option(help="Rank this preset instead of the board's; no table mixes two.")
    ] = None,
    task_list: Annotated[
        str | None, typer.Option("--list", help="The means are over this task list, such as metaworld/mt10.")
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
    dataset: Annotated[
        str | None, typer.Option(help="hf: the benchmark's dataset on the Hub, such as lab/imitation.")
    ] = None,
) -> None:
    """Make the leaderboard of runs: success, diversity and generalization side by side.

    A board is a declared list of tasks with splits, preset and protocols. Who has played all of it is ranked;
    who lacks a task is shown as incomplete below, and changes nothing about the others. Folders are searched
    for runs at any depth; README files and figures are passed over, a run that cannot be read is reported.

    Without --board it is the declared board that most policies have played all of. Where nobody has, the
    tasks are those of the policy with most of them. The line below the title says which it is.

    Examples:  ilbench leaderboard results

    ilbench leaderboard results --board d3il --sort diversity

    ilbench leaderboard results/runs runs/* --format html --out board.html --figures figures

    ilbench leaderboard runs --list metaworld/mt10 --preset standard

    ilbench leaderboard results --format latex --width column --decimals 3

    ilbench leaderboard results --format eee --out exported
    """
    import ilbench
    from ilbench.leaderboard.figures import save_figures

    output = find_output(output_format)
    made = ilbench.leaderboard(
        *runs, board=board, preset=preset, task_list=task_list, undeclared=task or ()
    ).sorted_by(sort)
    options = {"width": width, "columns": columns, "decimals": decimals, "dataset": dataset}
    rendered = output.of(made, **{name: value for name, value in options.items() if value is not None})
    if out is not None:
        save(rendered, out)
        say(f"wrote {out}")
    elif isinstance(rendered, str | bytes | Mapping):
        say_all(as_text(rendered))
    else:
        wide_console().print(rendered)
    if figures is not None:
        for path in save_figures(made, figures):
            say(f"wrote {path}")
