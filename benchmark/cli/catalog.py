"""``ilbench list`` and ``ilbench show``: what there is to be scored on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from ilbench.contract.fields import Field
    from ilbench.contract.task import Task

TaskName = Annotated[
    str, typer.Argument(metavar="TASK", help="Task id, or import string 'package.module:TASK'.")
]


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
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List the tasks, or the named lists of tasks.

    Examples:  ilbench list --suite d3il

    ilbench list --lists
    """
    if lists:
        _print_lists(as_json)
        return
    from ilbench.contract.registry import load_registry

    chosen = load_registry(tasks or ()).select(suite=suite, tag=tag, text=text)
    if as_json:
        print(json.dumps([_summary(task) for task in chosen], indent=1))
        return
    from rich.table import Table

    from ilbench.cli.console import wide_console

    table = Table(box=None)
    table.add_column("task", no_wrap=True)
    for column in ("observation", "action", "horizon", "modes", "splits", "state"):
        table.add_column(column)
    for task in chosen:
        missing = task.missing_package()
        table.add_row(
            task.id,
            ", ".join(f"{f.name} {_shape(f.shape)}" for f in task.observation),
            f"{task.action.num_actions} discrete" if task.action.num_actions else _shape(task.action.shape),
            str(task.horizon),
            str(len(task.modes) or "–"),
            str(len(task.splits)),
            "ready" if missing is None else f"needs {missing}: pip install 'ilbench[{task.extra}]'",
        )
    console = wide_console()
    console.print(table)
    console.print(f"{len(chosen)} tasks. Everything about one: ilbench show TASK", style="dim")


def _print_lists(as_json: bool) -> None:
    from dataclasses import asdict

    from ilbench.contract.task_list import load_lists

    found = load_lists().values()
    if as_json:
        print(json.dumps([asdict(one) for one in found], indent=1))
        return
    from rich.table import Table

    from ilbench.cli.console import wide_console

    table = Table("list", "tasks", "held-out tasks", "what it is", box=None)
    for one in found:
        text = " ".join(part for part in (one.summary, one.notes) if part)
        table.add_row(one.name, str(len(one.train)), str(len(one.test) or "–"), text)
    wide_console().print(table)


def show_task(
    task: TaskName, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False
) -> None:
    """Show everything about one task: fields, splits, success rule, modes, references, source.

    Example:  ilbench show d3il/avoiding-v2
    """
    from ilbench.contract.registry import find_task

    found = find_task(task)
    if as_json:
        print(json.dumps(_everything(found), indent=1))
        return
    from ilbench.cli.console import wide_console

    console = wide_console()
    console.print(f"[bold]{found.id}[/bold]  {found.summary}\n")
    console.print(_facts(found))
    console.print(_fields(found))
    console.print(_splits(found))


def _facts(task: Task) -> Table:
    from rich.table import Table

    table = Table("", "", box=None, show_header=False)
    rate = f" ({task.control_hz:g} per second)" if task.control_hz else ""
    references = ", ".join(
        f"{name}: return {r.mean_return:.4g}, success {r.success_rate:.1%} (n={r.num_episodes})"
        for name, r in task.references().items()
    )
    rule = {"ever": "at any step", "final": "at the last step"}[task.success_rule]
    missing = task.missing_package()
    facts = {
        "horizon": f"{task.horizon} control steps{rate}",
        "success": rule + (", which ends the episode" if task.stops_on_success else ""),
        "modes": f"{len(task.modes)}: {', '.join(task.modes)}" if task.modes else "no behavior descriptor",
        "references": references or "not measured yet",
        "demonstrations": _demonstrations(task),
        "other experts": ", ".join(sorted(task.alternative_experts)) or "–",
        "presets": ", ".join(
            f"{name} {p.num_contexts} contexts × {p.num_repeats}" for name, p in task.presets.items()
        ),
        "tags": ", ".join(sorted(task.tags)) or "–",
        "packages": ", ".join(task.packages) + (f" (missing: {missing})" if missing else ""),
        "spec digest": task.spec_digest(),
        "gymnasium id": gymnasium_name(task),
        "source": task.source,
        "license": task.license,
    }
    for name, value in facts.items():
        table.add_row(f"[cyan]{name}[/cyan]", value)
    return table


def gymnasium_name(task: Task) -> str:
    """Returns the Gymnasium id of a task."""
    from ilbench.contract.gymnasium_ids import gymnasium_id

    return gymnasium_id(task.id)


def _demonstrations(task: Task) -> str:
    plan = task.demonstrations
    if plan is None:
        return "none: the task has no expert"
    modes = ", every mode equally often" if plan.balanced_modes else ""
    noise = f", noise {plan.noise:g}" if plan.noise else ""
    kept = ", ".join(f"{f.name} {_shape(f.shape)}" for f in plan.procedure)
    procedure = f", with the expert's procedure ({kept})" if kept else ""
    checksum = task.demonstrations_checksum()
    measured = checksum or "not measured yet"
    return f"{plan.count}{modes}{noise}{procedure}; checksum {measured}. {plan.description}"


def _fields(task: Task) -> Table:
    from rich.table import Table

    table = Table("field", "shape", "dtype", "unit", "what it holds", title="policy sees", box=None)
    for f in task.observation:
        table.add_row(f.name, _shape(f.shape), f.dtype, f.unit, _text(f))
    action = task.action
    bounds = "" if action.low is None and action.high is None else f" in [{action.low}, {action.high}]"
    kind = f"one of {action.num_actions}" if action.num_actions else f"numbers{bounds}"
    words = f"{kind}. {action.description} {', '.join(action.components)}".strip()
    table.add_row("→ action", _shape(action.shape), action.dtype, action.unit, words)
    return table


def _splits(task: Task) -> Table:
    from rich.table import Table

    table = Table("split", "contexts", "severity", "what is drawn", title="splits", box=None)
    for split in task.splits:
        table.add_row(split.name, str(split.num_contexts), str(split.severity or "–"), split.description)
    return table


def _text(f: Field) -> str:
    return f"{f.description} {', '.join(f.components)}".strip()


def _shape(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "scalar"


def _summary(task: Task) -> dict[str, Any]:
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


def _everything(task: Task) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        **_summary(task),
        "observation": [asdict(f) for f in task.observation],
        "action": {**asdict(task.action), "dtype": task.action.dtype},
        "control_hz": task.control_hz,
        "success_rule": task.success_rule,
        "stops_on_success": task.stops_on_success,
        "modes": list(task.modes),
        "split_details": [asdict(split) for split in task.splits],
        "presets": {name: asdict(preset) for name, preset in task.presets.items()},
        "references": {name: asdict(reference) for name, reference in task.references().items()},
        "demonstrations": None if task.demonstrations is None else asdict(task.demonstrations),
        "alternative_experts": dict(task.alternative_experts),
        "demonstrations_checksum": task.demonstrations_checksum(),
        "packages": list(task.packages),
        "extra": task.extra,
        "spec_digest": task.spec_digest(),
        "gymnasium_id": gymnasium_name(task),
        "source": task.source,
        "license": task.license,
    }
