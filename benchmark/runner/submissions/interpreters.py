"""A policy's own interpreter: what it says of itself before anything is played."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping

from ilbench.contract.policy import Sandbox
from ilbench.errors import InvalidSubmissionError
from ilbench.runner.hosts.sandboxes.asking import ask_interpreter

ASK_S = 60.0
"""How long an interpreter may take to say its version and packages."""

QUESTION = """
import json, sys
from importlib.metadata import distributions
import numpy
names = sorted({d.metadata["Name"]: d.version for d in distributions() if d.metadata["Name"]}.items())
print(json.dumps({"version": list(sys.version_info[:3]), "packages": dict(names)}))
"""
"""Asked of a policy's own interpreter: which Python it is, whether it has NumPy, and what else."""


def packages_of(python: str, said_by: str, sandbox: Sandbox = "none") -> Mapping[str, str]:
    """Returns what an interpreter has installed, by distribution, after checking that it can serve a policy.

    Args:
        python: Its path.
        said_by: What names it, for the error: a field of a file, or an option.
        sandbox: What it is kept in meanwhile, for it may come with the submission.

    Raises:
        InvalidSubmissionError: It cannot be run, is older than Python 3.8, or has no NumPy.
    """
    expected = f"{said_by}: expected an interpreter of Python 3.8 or later with NumPy"
    try:
        answer = ask_interpreter(python, QUESTION, ASK_S, sandbox)
    except OSError as error:
        raise InvalidSubmissionError(
            f"{expected}, found {python}, which cannot be run ({error.strerror}); a relative path starts at "
            "the submission's folder"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise InvalidSubmissionError(
            f"{expected}, found {python}, which did not answer in {ASK_S:g} s"
        ) from error
    try:
        found = json.loads(answer.stdout.strip().rpartition("\n")[2])
        version, packages = tuple(found["version"]), dict(found["packages"])
    except (ValueError, KeyError, TypeError) as error:
        said = (answer.stderr or answer.stdout).strip().rpartition("\n")[
            2
        ] or f"exit code {answer.returncode}"
        raise InvalidSubmissionError(f"{expected}, found {python}, which answered: {said}") from error
    if version < (3, 8):
        raise InvalidSubmissionError(f"{expected}, found Python {'.'.join(map(str, version))} at {python}")
    return packages
