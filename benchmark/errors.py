"""One exception class per mistake. Each names the thing, what was expected and the way out."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path


class ILBenchError(Exception):
    """The base of every error that a user can mend; the command line prints it and exits with 2."""


class ILBenchWarning(UserWarning):
    """The base of what a user should know though nothing is wrong; the command line prints it as a note."""


class UnknownNameError(ILBenchError):
    """A task, split, suite, baseline or preset that does not exist."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        known = sorted(known)
        close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        if close:
            hint = "did you mean " + " or ".join(repr(c) for c in close) + "?"
        else:
            hint = f"known: {', '.join(known) or 'none'}"
        super().__init__(f"no {kind} named {name!r}; {hint}")


class UsageError(ILBenchError):
    """A command or a call whose arguments contradict each other, or name nothing to do."""


class PluginError(ILBenchError):
    """An entry point of an installed package that cannot be loaded, or leads to something else."""


class DuplicateNameError(ILBenchError):
    """Two values of one registry under one name."""


class InvalidTaskError(ILBenchError):
    """A task whose declaration contradicts itself."""


def in_one_line(error: BaseException) -> str:
    """Returns what was raised in code that is not ours, with the innermost line that is not a library's."""
    from ilbench.guest.faults import describe

    return describe(error)


def install_command(extra: str) -> str:
    """Returns the command that installs an extra, in a checkout, at the versions that numbers hold for."""
    return f"pip install -c constraints.txt -e '.[{extra}]'"


class MissingPackageError(ILBenchError):
    """Something a user asked for needs a package that is not installed."""

    def __init__(self, what: str, package: str, extra: str) -> None:
        super().__init__(
            f"{what} needs the package {package!r}, which is not installed; "
            f"install it with: {install_command(extra)}"
        )


class MissingWeightsError(ILBenchError):
    """An expert whose trained weights are not on this machine: says how to get them."""


class InvalidSubmissionError(ILBenchError):
    """A submission that cannot be loaded."""


class CheckpointError(ILBenchError):
    """A checkpoint that is missing, unfinished, or of another training than the one asked for."""


class InvalidPolicyError(ILBenchError):
    """A policy that breaks the protocol on its very first step."""


class InvalidEnvironmentError(ILBenchError):
    """A task's environment that fails on the very first step of every episode tried."""


class RunFolderError(ILBenchError):
    """A run folder that is not what the command needs (another submission, not a run, unfinished)."""


class CorruptFileError(ILBenchError):
    """A file whose content is not what was written: the message says file, line, found, expected."""

    def __init__(self, path: Path, problem: str, *, line: int | None = None, remedy: str = "") -> None:
        place = f"{path}:{line}" if line is not None else str(path)
        super().__init__(f"{place}: {problem}" + (f"; {remedy}" if remedy else ""))


class StorageError(ILBenchError):
    """The disk refused a write (full, read-only, over quota); what was written before is intact."""


class EmptyScoreError(ILBenchError):
    """A score was asked of no episodes."""
