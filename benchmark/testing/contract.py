"""Checks as values: what each looks at, what it found, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

SubjectT = TypeVar("SubjectT")


class Finding(NamedTuple):
    """One way in which the subject is not as its contract says."""

    found: str
    expected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A broken promise of a task or a policy.

    Attributes:
        check: Name of the check that found it.
        found: What was found.
        expected: What the contract says.
        remedy: What to do.
    """

    check: str
    found: str
    expected: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.check}: found {self.found}, expected {self.expected}; {self.remedy}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Generic[SubjectT]):
    """One promise of a contract, and how it is looked at.

    Attributes:
        name: The promise, as a sentence.
        look: Yields what is not as promised. Whatever it raises counts as found, too.
        remedy: What to do when something is found.
        pardon: Returns why the check says nothing about a subject, or None where it does.
        simulates: Whether an environment or an expert is made; without, nothing has to be installed.
    """

    name: str
    look: Callable[[SubjectT], Iterable[Finding]]
    remedy: str
    pardon: Callable[[SubjectT], str | None] = lambda subject: None
    simulates: bool = True

    def problems(self, subject: SubjectT) -> list[Problem]:
        """Returns what is wrong with the subject; nothing where the check does not apply."""
        try:
            findings = [] if self.pardon(subject) else list(self.look(subject))
        except Exception as error:  # foreign code may raise anything, and that is a finding like any other
            findings = [Finding(f"{type(error).__name__}: {error}", "no exception")]
        return [
            Problem(check=self.name, found=one.found, expected=one.expected, remedy=self.remedy)
            for one in findings
        ]


def differing(found: object, expected: object) -> Iterable[Finding]:
    """Yields a finding if the two are not equal."""
    if found != expected:
        yield Finding(str(found), str(expected))
