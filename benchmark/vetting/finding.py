"""A finding: one thing that was looked at, what was found, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ilbench.plain_text import one_line

Verdict: TypeAlias = Literal["ok", "warning", "error"]

EXIT_CODES: dict[Verdict, int] = {"ok": 0, "warning": 1, "error": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        check: What, in a word or two.
        found: What was found; what strangers wrote is one printable line.
        verdict: ``error`` where a run would fail or not count, ``warning`` where it may.
        remedy: What to do; empty where all is well.
        task: Id of the task that it was looked at on; empty where it is of the submission as a whole.
    """

    check: str
    found: str
    verdict: Verdict
    remedy: str = ""
    task: str = ""

    def __post_init__(self) -> None:
        for name in ("check", "found", "remedy", "task"):
            object.__setattr__(self, name, one_line(getattr(self, name)))


def fine(check: str, found: str, task: str = "") -> Finding:
    """Returns a finding that is as it should be."""
    return Finding(check=check, found=found, verdict="ok", task=task)


def doubtful(check: str, found: str, remedy: str, task: str = "") -> Finding:
    """Returns a warning."""
    return Finding(check=check, found=found, verdict="warning", remedy=remedy, task=task)


def wrong(check: str, found: str, remedy: str, task: str = "") -> Finding:
    """Returns an error."""
    return Finding(check=check, found=found, verdict="error", remedy=remedy, task=task)


def exit_code(findings: Iterable[Finding]) -> int:
    """Returns the exit code of the worst finding: 0, 1 for a warning, 2 for an error."""
    return max((EXIT_CODES[finding.verdict] for finding in findings), default=0)
