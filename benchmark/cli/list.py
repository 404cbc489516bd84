"""``ilbench list``: what there is to be scored on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ilbench.cli.console import say_all, wide_console
from ilbench.cli.options import AsJson

if TYPE_CHECKING:
    from ilbench.contract.task import Task
    from ilbench.plain_console import WholeTable


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
    from ilbench.plain_console import styled

    console = wide_console()
    for _, of_suite in groupby(chosen, key=lambda task: task.suite):
        console.print(_suite_table(list(of_suite)))
        console.print()
    lacking: dict[str, list[Task]] = {}
    for task in chosen:
        if (missing := task.missing_package()) is not None:
            lacking.setdefault(f"{missing}: {install_command(task.extra)}", []).append(task)
    for command, tasks_without in lacking.items():
        names = ", ".join(task.id for task in tasks_without)
        console.print(styled(f"needs {command}", "bold"), styled(f" ({names})"))
    console.print(f"{len(chosen)} tasks. Everything about one: ilbench show TASK", style="dim")


def _suite_table(tasks: Sequence[Task]) -> WholeTable:
    from ilbench.plain_console import whole_table

    columns = {
        "task": [task.id for task in tasks],
        "action": [_action_text(task) for task in tasks],
        "horizon": [str(task.horizon) for task in tasks],
        "modes": [str(len(task.modes) or "–") for task in tasks],
        "splits": [str(len(task.splits)) for task in tasks],
        "observation": [", ".join(f"{f.name} {shape_text(f.shape)}" for f in t.observation) for t in tasks],
    }
    if not any(task.modes for task in tasks):
        del columns["modes"]
    table = whole_table(*columns, prose={"observation": 12})
    for cells in zip(*columns.values(), strict=True):
        table.add_row(*cells)
    return table


def _action_text(task: Task) -> str:
    number = task.action.num_actions
    return f"{number} discrete" if number else shape_text(task.action.shape)


def _print_lists(as_json: bool) -> None:
    from dataclasses import asdict

    from ilbench.contract.task_list import load_lists

    found = load_lists().values()
    if as_json:
        say_all(json.dumps([asdict(one) for one in found], indent=1))
        return
    from ilbench.plain_console import whole_table

    table = whole_table("list", "tasks", "held-out tasks", "what it is", prose={"what it is": 28})
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

    table = whole_table(
        "board", "tasks", "preset", "splits", "protocols", "what it is", prose={"what it is": 20}
    )
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
