"""``ilbench doctor``: whether what is installed is as the tasks expect it."""

from __future__ import annotations

from typing import Annotated

import typer

COLORS = {"ok": "green", "warning": "yellow", "error": "red"}


def doctor(
    task: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TASK...]", help="Only these tasks and what they need; all if not given."),
    ] = None,
) -> None:
    """Check the installation: versions, rendering, storage, and whether each task plays as published.

    Of each task the golden trajectory and the first steps from every test context are played again and
    compared bit for bit. Exit code 1 if anything is wrong; each line says what to do.

    Example:  ilbench doctor robosuite/can-v2
    """
    from ilbench.checks.doctor import examine, summary
    from ilbench.contract.registry import find_task, load_registry
    from ilbench.plain_console import PlainConsole, styled

    console, findings = PlainConsole(), []
    chosen = {name: find_task(name) for name in task} if task else load_registry()
    for finding in examine(chosen):
        findings.append(finding)
        remedy = f"  → {finding.remedy}" if finding.remedy else ""
        sign = styled(f"{finding.status:7}", COLORS[finding.status])
        console.print(sign, f"{finding.subject}: {finding.message}{remedy}")
    console.print(summary(findings))
    raise SystemExit(1 if any(finding.status == "error" for finding in findings) else 0)
