"""``ilbench list``: what there is to be scored on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ilbench.cli.console import say_all, wide_console
from ilbench.cli.options import AsJson

if TYPE_CHECKING:
    from ilbench.contract.task import Task


def list_tasks(
    suite: Annotated[str | None, typer.Option(help="Only this suite, such as d3il.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only tasks with this tag.")] = None,
    text: Annotated[str | None, typer.Option(help="Only tasks with this text in id or summary.")] = None,
    tasks: Annotated[
        list[str] | None, typer.Option(help="Further tasks: import string 'package.module:TASKS'.")
    ] = None,
    lists: Annotated[
        bool, typer.Option("--lists", help="The named task lists, such as metaworld/mt10.")
    ] = False,
    boards: Annotated[
        bool, typer.Option("--boards", help="The declared boards of 'ilbench leaderboard --board'.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the tasks, the named lists of tasks, or the boards.

    Examples:  ilbench list --suite d3il

    ilbench list --lists

    ilbench list --boards
    """
    if lists:
        _print_lists(as_json)
        return
    if boards:
        _print_boards(as_json)
        return
    from ilbench.contract.registry import load_registry

    chosen = load_registry(tasks or ()).select(suite=suite, tag=tag, text=text)
    if as_json:
        say_all(json.dumps([summary(task) for task in chosen], indent=1))
        return
    from ilbench.errors import install_command
    from ilbench.plain_console import whole_table

    table = whole_table("task", "observation", "action", "horizon", "modes", "splits", "state")
    for task in chosen:
        missing = task.missing_package()
        table.add_row(
            task.id,
            ", ".join(f"{f.name} {shape_text(f.shape)}" for f in task.observation),
            f"{task.action.num_actions} discrete"
            if task.action.num_actions
            else shape_text(task.action.shape),
            str(task.horizon),
            str(len(task.modes) or "–"),
            str(len(task.splits)),
            "ready" if missing is None else f"needs {missing}: {install_command(task.extra)}",
        )
    console = wide_console()
    console.print(table)
    console.print(f"{len(chosen)} tasks. Everything about one: ilbench show TASK", style="dim")


def _print_lists(as_json: bool) -> None:
    from dataclasses import asdict

    from ilbench.contract.task_list import load_lists

    found = load_lists().values()
    if as_json:
        say_all(json.dumps([asdict(one) for one in found], indent=1))
        return
    from ilbench.plain_console import whole_table

    table = whole_table("list", "tasks", "held-out tasks", "what it is")
    for one in found:
        text = " ".join(part for part in (one.summary, one.notes) if part)
        table.add_row(one.name, str(len(one.train)), str(len(one.test) or "–"), text)
    wide_console().print(table)


def _print_boards(as_json: bool) -> None:
    from dataclasses import asdict

    from ilbench.contract.board import load_boards

    found = load_boards().values()
    if as_json:
        say_all(json.dumps([asdict(one) for one in found], indent=1))
        return
    from ilbench.plain_console import whole_table

    table = whole_table("board", "tasks", "preset", "splits", "protocols", "what it is")
    for one in found:
        table.add_row(
            one.name,
            str(len(one.tasks)),
            one.preset,
            ", ".join(one.splits),
            ", ".join(one.protocols),
            one.summary,
        )
    wide_console().print(table)


def shape_text(shape: tuple[int, ...]) -> str:
    """Returns a shape as ``3×4``."""
    return "×".join(map(str, shape)) or "scalar"


def summary(task: Task) -> dict[str, Any]:
    """Returns what a list says of a task, as plain JSON."""
    return {
        "id": task.id,
        "suite": task.suite,
        "summary": task.summary,
        "horizon": task.horizon,
        "num_modes": len(task.modes),
        "splits": list(task.split_names),
        "tags": sorted(task.tags),
        "missing_package": task.missing_package(),
    }
