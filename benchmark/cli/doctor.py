"""``ilbench doctor``: whether what is installed is as the tasks expect it."""

from __future__ import annotations

SIGNS = {"ok": "[green]ok     [/green]", "warning": "[yellow]warning[/yellow]", "error": "[red]error  [/red]"}


def doctor() -> None:
    """Check the installation: simulators and versions, rendering, golden trajectories, storage.

    Exit code 1 if anything is wrong; each line says what to do.
    """
    from rich.console import Console
    from rich.markup import escape

    from ilbench.checks.doctor import examine
    from ilbench.contract.registry import load_registry

    console = Console()
    errors = 0
    for finding in examine(load_registry()):
        remedy = f"  → {escape(finding.remedy)}" if finding.remedy else ""
        console.print(f"{SIGNS[finding.status]} {escape(finding.subject)}: {escape(finding.message)}{remedy}")
        errors += finding.status == "error"
    raise SystemExit(1 if errors else 0)
