"""``ilbench show``: everything about one task."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ilbench.cli.console import say_all, wide_console
from ilbench.cli.list import shape_text, summary
from ilbench.cli.options import AsJson, TaskName

if TYPE_CHECKING:
    from rich.table import Table

    from ilbench.contract.fields import Field
    from ilbench.contract.task import Task


def show(task: TaskName, as_json: AsJson = False) -> None:
    """Show everything about one task: fields, splits, success rule, modes, references, source.

    Example:  ilbench show d3il/avoiding-v2
    """
    import ilbench

    found = ilbench.task(task)
    if as_json:
        say_all(json.dumps(_everything(found), indent=1))
        return

    from ilbench.plain_console import styled

    console = wide_console()
    console.print(styled(found.id, "bold"), f" {found.summary}")
    console.print()
    console.print(_facts(found))
    console.print(_fields(found))
    console.print(_splits(found))


def _facts(task: Task) -> Table:
    from ilbench.contract.gymnasium_registration import gymnasium_id
    from ilbench.plain_console import styled, whole_table

    table = whole_table("", "", show_header=False)
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
        "gymnasium id": gymnasium_id(task.id),
        "source": task.source,
        "license": task.license,
    }
    for name, value in facts.items():
        table.add_row(styled(name, "cyan"), value)
    return table


def _demonstrations(task: Task) -> str:
    plan = task.demonstrations
    if plan is None:
        return "none: the task has no expert"
    modes = ", every mode equally often" if plan.balanced_modes else ""
    noise = f", noise {plan.noise:g}" if plan.noise else ""
    kept = ", ".join(f"{f.name} {shape_text(f.shape)}" for f in plan.procedure)
    procedure = f", with the expert's procedure ({kept})" if kept else ""
    checksum = task.demonstrations_checksum()
    measured = checksum or "not measured yet"
    return f"{plan.count}{modes}{noise}{procedure}; checksum {measured}. {plan.description}"


def _fields(task: Task) -> Table:
    from ilbench.plain_console import whole_table

    table = whole_table("field", "shape", "dtype", "unit", "what it holds", title="policy sees")
    for f in task.observation:
        table.add_row(f.name, shape_text(f.shape), f.dtype, f.unit, _text(f))
    action = task.action
    bounds = "" if action.low is None and action.high is None else f" in [{action.low}, {action.high}]"
    kind = f"one of {action.num_actions}" if action.num_actions else f"numbers{bounds}"
    words = f"{kind}. {action.description} {', '.join(action.components)}".strip()
    table.add_row("→ action", shape_text(action.shape), action.dtype, action.unit, words)
    return table


def _splits(task: Task) -> Table:
    from ilbench.plain_console import whole_table

    table = whole_table("split", "contexts", "severity", "what is drawn", title="splits")
    for split in task.splits:
        table.add_row(split.name, str(split.num_contexts), str(split.severity or "–"), split.description)
    return table


def _text(f: Field) -> str:
    return f"{f.description} {', '.join(f.components)}".strip()


def _everything(task: Task) -> dict[str, Any]:
    from dataclasses import asdict

    from ilbench.contract.gymnasium_registration import gymnasium_id

    return {
        **summary(task),
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
        "gymnasium_id": gymnasium_id(task.id),
        "source": task.source,
        "license": task.license,
    }
