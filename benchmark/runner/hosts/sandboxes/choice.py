"""Which sandbox keeps a policy: what was asked for, if it works here, and an error where it does not."""

from __future__ import annotations

import subprocess
import sys
import warnings
from functools import cache
from pathlib import Path
from typing import NoReturn, get_args

from ilbench.contract.limits import Limits
from ilbench.contract.policy import Place, Sandbox, WantedSandbox
from ilbench.errors import ILBenchError, ILBenchWarning, InvalidSubmissionError
from ilbench.plain_text import one_line
from ilbench.runner.hosts.sandboxes.asking import ask_interpreter
from ilbench.runner.hosts.sandboxes.container import why_no_container

TRIAL_S = 30.0
REMEDY = (
    "install bubblewrap (Debian: apt install bubblewrap), allow user namespaces, or, for code that you "
    "trust, --sandbox none; see docs/sandbox.md"
)


class NoSandboxWarning(ILBenchWarning):
    """A stranger's code that runs without a sandbox, as was asked for."""


class SandboxError(ILBenchError):
    """A sandbox that does not work on this machine, or that means nothing for a policy."""


def choose_sandbox(wanted: WantedSandbox) -> Sandbox:
    """Returns the sandbox that was asked for, once it was seen to work: never a weaker one.

    Args:
        wanted: Its name, or ``auto`` for the strongest that works here.

    Raises:
        SandboxError: It does not work here, or none does; the message has each one's own words.
    """
    if wanted not in get_args(WantedSandbox):
        known = ", ".join(get_args(WantedSandbox))
        raise SandboxError(f"no sandbox named {wanted!r}; known: {known}")
    if wanted == "none":
        return "none"
    reasons = {}
    for name, why_not in (("bwrap", why_no_bwrap), ("container", why_no_container)):
        if wanted in ("auto", name):
            reasons[name] = why_not()
            if not reasons[name]:
                return name  # type: ignore[return-value]  # a name of the row above
    told = "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
    what = "no sandbox works" if wanted == "auto" else "the wanted sandbox does not work"
    raise SandboxError(f"{what} on this machine: {told}; {REMEDY}")


@cache
def why_no_bwrap() -> str:
    """Returns why bubblewrap does not work here, in its own words; empty where it does."""
    if sys.platform != "linux":
        return f"it is for Linux alone, and this is {sys.platform}"
    try:
        tried = ask_interpreter(sys.executable, "import numpy", TRIAL_S, "bwrap")
    except OSError as error:
        return one_line(f"it cannot be started ({error.strerror})")
    except subprocess.TimeoutExpired:
        return f"it did not start a program within {TRIAL_S:g} s"
    if tried.returncode == 0:
        return ""
    return one_line(tried.stderr.strip().rpartition("\n")[2] or f"exit code {tried.returncode}", 300)


def warn_of_none(wanted: WantedSandbox, what: str) -> None:
    """Warns if a stranger's code will run without a sandbox, which has to be asked for.

    Args:
        wanted: What was asked for.
        what: What will run, for the message.

    Warns:
        NoSandboxWarning: See above.
    """
    if wanted == "none":
        warnings.warn(
            f"{what} runs without a sandbox: it can read and change whatever you can, this package and the "
            "records among it; --sandbox auto keeps it",
            NoSandboxWarning,
            stacklevel=3,
        )


def refuse_sandbox(wanted: WantedSandbox, what: str, why: str) -> None:
    """Raises if a sandbox was asked for of a policy that cannot be kept in one.

    Args:
        wanted: What was asked for.
        what: The policy.
        why: What speaks against it.

    Raises:
        SandboxError: See above.
    """
    if wanted != "none":
        raise SandboxError(
            f"sandbox {wanted!r} means nothing for {what}: {why}; a sandbox keeps the policy process of a "
            "folder with submission.toml: name one, or leave out --sandbox"
        )


def check_sandboxed(
    what: Path | str, sandbox: Sandbox, place: Place | None, limits: Limits, allowed_gib: float
) -> None:
    """Raises if a submission cannot be kept in a sandbox as it was asked for.

    Args:
        what: Its ``submission.toml``, or the text that named it.
        sandbox: What it is kept in.
        place: Where it was asked to run.
        limits: What it needs.
        allowed_gib: How much memory the user allows.

    Raises:
        SandboxError: It was asked to run where no sandbox is.
        InvalidSubmissionError: It needs more memory than is allowed.
    """
    if sandbox == "none":
        return
    if place not in (None, "process"):
        _refuse_place(sandbox, place)
    for name in ("memory_gib", "tmp_gib"):
        asked = getattr(limits, name)
        if asked > allowed_gib:
            raise InvalidSubmissionError(
                f"{what}: field 'limits.{name}': found {asked:g}, expected at most {allowed_gib:g}, which is "
                f"what is allowed; allow more with --memory {asked:g}"
            )


def _refuse_place(sandbox: Sandbox, place: Place) -> NoReturn:
    raise SandboxError(
        f"sandbox {sandbox!r} needs a process of the policy's own, found --place {place}; leave out one"
    )
