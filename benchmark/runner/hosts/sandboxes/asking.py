"""A question to an interpreter, asked where its policy will run: it may come with the submission."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from ilbench.contract.policy import Sandbox
from ilbench.contract.policy_spec import PolicySpec
from ilbench.offspring import new_mark
from ilbench.runner.hosts.sandboxes.enclosure import enclose
from ilbench.runner.hosts.sandboxes.view import view_of


def ask_interpreter(
    python: str, question: str, timeout_s: float, sandbox: Sandbox
) -> subprocess.CompletedProcess[str]:
    """Returns what came of a program that an interpreter was given.

    Args:
        python: The interpreter.
        question: The program's text.
        timeout_s: How long it may take.
        sandbox: What it is kept in.

    Raises:
        OSError: It cannot be started.
        subprocess.TimeoutExpired: It took longer.
        InvalidSubmissionError: It cannot be shown to a sandbox.
    """
    program = [python, "-c", question]
    if sandbox == "none":
        return _asked(program, timeout_s)
    if not Path(python).is_file():
        raise FileNotFoundError(2, os.strerror(2))
    inside = enclose(program, view_of(PolicySpec(python=python)), {}, new_mark())
    try:
        return _asked(inside.command, timeout_s, inside.descriptors, dict(inside.environment))
    finally:
        inside.forget()
        os.close(inside.told_fd)


def _asked(
    command: Sequence[str],
    timeout_s: float,
    descriptors: Sequence[int] = (),
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
        pass_fds=descriptors,
        env=environment,
    )
