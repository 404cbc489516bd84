"""``ilbench doctor``: whether what is installed is as the tasks expect it."""

from __future__ import annotations

COLORS = {"ok": "green", "warning": "yellow", "error": "red"}


def doctor() -> None:
    """Check the installation: simulators and versions, rendering, golden trajectories, storage.

    Exit code 1 if anything is wrong; each line says what to do.
    """
    from ilbench.checks.doctor import examine
    from ilbench.contract.registry import load_registry
    from ilbench.plain_console import PlainConsole, styled

    console = PlainConsole()
    errors = 0
    for finding in examine(load_registry()):
        remedy = f"  → {finding.remedy}" if finding.remedy else ""
        sign = styled(f"{finding.status:7}", COLORS[finding.status])
        console.print(sign, f"{finding.subject}: {finding.message}{remedy}")
        errors += finding.status == "error"
    raise SystemExit(1 if errors else 0)
