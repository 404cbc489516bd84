"""``ilbench show``: everything about one task."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ilbench.cli.console import say_all, wide_console
from ilbench.cli.list import shape_text, summary
from ilbench.cli.options import AsJson, TaskName
from ilbench.cli.split_families import first_sentence, split_families

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ilbench.contract.fields import ActionField, Field
    from ilbench.contract.task import Task

INDENT = 2
LEAST = 20
"""Characters of a line of a fact, at least."""
LINE = 120
"""Characters of a list that is shown whole; of a longer one the ends are, or nothing."""


def show(
    task: TaskName,
    is_full: Annotated[
        bool, typer.Option("--full", help="Every text whole, with components, digests and departures.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show a task: fields, splits, success rule, modes, references, source; each text's first sentence.

    Examples:  ilbench show d3il/avoiding-v3

    ilbench show d3il/avoiding-v3 --full
    """
    import ilbench

    found = ilbench.task(task)
    if as_json:
        say_all(json.dumps(_everything(found), indent=1))
        return

    from ilbench.plain_console import item, styled

    console = wide_console()
    console.print(item(found.id, found.summary))
    console.print(_facts(found, is_full))
    console.print(styled("what the policy sees, and does", "italic"))
    for line in _fields(found, is_full):
        console.print(line)
    console.print(styled("splits, with their contexts", "italic"))
    for line in _splits(found, is_full):
        console.print(line)
    if not is_full:
        console.print(styled("whole texts, components and digests: --full", "dim"))


def _facts(task: Task, is_full: bool) -> RenderableType:
    from ilbench.contract.gymnasium_registration import gymnasium_id
    from ilbench.plain_console import styled, whole_table

    rate = f" ({task.control_hz:.6g} per second)" if task.control_hz else ""
    rule = {"ever": "at any step", "final": "at the last step"}[task.success_rule]
    missing = task.missing_package()
    whole = {
        "tags": ", ".join(sorted(task.tags)),
        "spec digest": task.spec_digest(),
        "gymnasium id": gymnasium_id(task.id),
    }
    facts = {
        "horizon": f"{task.horizon} control steps{rate}",
        "success": rule + (", which ends the episode" if task.stops_on_success else ""),
        "modes": _modes(task, is_full),
        "references": _references(task),
        "demonstrations": _demonstrations(task, is_full),
        "other experts": ", ".join(sorted(task.alternative_experts)),
        "fresh contexts": "" if task.draw_fresh and not is_full else _fresh(task),
        "presets": ", ".join(f"{name} {p.num_contexts}×{p.num_repeats}" for name, p in task.presets.items())
        + " (contexts × repeats)",
        "packages": ", ".join(task.packages) + (f" (missing: {missing})" if missing else ""),
        **(whole if is_full else {}),
        "source": _shortened(task.source, is_full),
        "license": task.license,
    }
    table = whole_table("", "value", show_header=False, prose={"value": LEAST})
    for name, value in facts.items():
        if value:
            table.add_row(styled(name, "cyan"), value)
    return table


def _fresh(task: Task) -> str:
    return "can be drawn, to verify runs" if task.draw_fresh else "none: its test contexts are all there are"


def _modes(task: Task, is_full: bool) -> str:
    if not task.modes:
        return "no behavior descriptor"
    names = ", ".join(task.modes)
    if is_full or len(names) <= LINE:
        return f"{len(task.modes)}: {names}"
    return f"{len(task.modes)}, from {task.modes[0]} to {task.modes[-1]}"


def _references(task: Task) -> str:
    found = task.references()
    numbers = {r.num_episodes for r in found.values()}
    texts = [f"{name} {r.success_rate:.1%}, return {r.mean_return:.4g}" for name, r in found.items()]
    if len(numbers) > 1:
        texts = [f"{text} (n = {r.num_episodes})" for text, r in zip(texts, found.values(), strict=True)]
    return "; ".join(texts) + (f" (n = {numbers.pop()})" if len(numbers) == 1 else "") or "not measured yet"


def _demonstrations(task: Task, is_full: bool) -> str:
    plan = task.demonstrations
    if plan is None:
        return "none: the task has no expert"
    modes = ", every mode equally often" if plan.balanced_modes else ""
    noise = f", noise {plan.noise:g}" if plan.noise else ""
    kept = ", ".join(f"{f.name} {shape_text(f.shape)}" for f in plan.procedure)
    procedure = f", with the expert's procedure ({kept})" if kept else ""
    number = f"{plan.count}{modes}{noise}{procedure}"
    if not is_full:
        return number
    return f"{number}; checksum {task.demonstrations_checksum() or 'not measured yet'}. {plan.description}"


def _fields(task: Task, is_full: bool) -> Iterator[RenderableType]:
    """Yields a paragraph a field of the observation, then one of the action."""
    from ilbench.plain_console import item

    for f in task.observation:
        yield item(f.name, f"{_kind(f)}. {_described(f, is_full)}", INDENT)
    action = task.action
    bounds = "" if action.low is None and action.high is None else f" in [{action.low}, {action.high}]"
    kind = f"one of {action.num_actions}" if action.num_actions else f"{_kind(action)}{bounds}"
    yield item("→ action", f"{kind}. {_described(action, is_full)}", INDENT)
    if action.convention is not None:
        yield item("convention", action.convention.in_words(), INDENT)


def _convention(task: Task) -> dict[str, Any] | None:
    return None if task.convention is None else task.convention.describe()


def _kind(f: Field | ActionField) -> str:
    return f"{shape_text(f.shape)} {f.dtype}" + f", {f.unit}" * bool(f.unit)


def _described(f: Field | ActionField, is_full: bool) -> str:
    text, components = _shortened(f.description, is_full), ", ".join(f.components)
    return f"{text} {components}".strip() if is_full or len(text + components) <= LINE else text


def _splits(task: Task, is_full: bool) -> Iterator[RenderableType]:
    """Yields a paragraph a split, and one a family of graded shifts; what several begin with stands once."""
    from ilbench.plain_console import item, styled

    families = split_families(task.splits)
    openings = Counter(_opening(texts.description) for texts in families)
    shared = {text for text, number in openings.items() if number > 1 and text}
    last = ""
    for family in families:
        opening, text = _opening(family.description), family.description
        if opening in shared:
            text = text.removeprefix(opening).strip()
            if opening != last:
                yield styled(f"  {opening}")
        last = opening if opening in shared else ""
        name = f"{family.name} ({family.num_contexts})"
        yield item(name, text if is_full else first_sentence(text), INDENT + 2 * bool(last))


def _opening(text: str) -> str:
    """Returns a first sentence after which something is still said."""
    first = first_sentence(text)
    return first if len(first) < len(text) else ""


def _shortened(text: str, is_full: bool) -> str:
    return text if is_full else first_sentence(text)


def _everything(task: Task) -> dict[str, Any]:
    from dataclasses import asdict

    from ilbench.contract.gymnasium_registration import gymnasium_id

    return {
        **summary(task),
        "observation": [asdict(f) for f in task.observation],
        "action": {**asdict(task.action), "dtype": task.action.dtype, "convention": _convention(task)},
        "control_hz": task.control_hz,
        "success_rule": task.success_rule,
        "stops_on_success": task.stops_on_success,
        "modes": list(task.modes),
        "draws_fresh_contexts": task.draw_fresh is not None,
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
