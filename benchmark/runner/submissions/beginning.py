"""The folder of a new submission: what is written into it, and the environment that is made in it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

from ilbench.contract.task import Task
from ilbench.errors import InvalidSubmissionError, UsageError
from ilbench.plain_text import one_line
from ilbench.runner.submissions.adapters import Adapter
from ilbench.runner.submissions.interpreters import packages_of
from ilbench.runner.submissions.submission_file import FILE

REQUIREMENTS = "requirements.txt"
ENVIRONMENT = ".venv"
BUILD_S = 3600.0
"""How long an environment may take to be made."""
POLICY = '''"""A policy: one object serves all lanes, each of which plays an episode of its own."""

import numpy as np


class Policy:
    def reset(self, lane, seed, task):
        self.size = task["action"]["shape"]

    def act(self, observations):
        """Returns an action a lane; observations holds arrays of shape (lanes, ...), one a field."""
        state = next(iter(observations.values()))
        return np.zeros((len(state), *self.size), np.float32)
'''
"""Plays, and does nothing: to be filled in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What only the author of a submission knows of it; see `SubmissionFile`. What is empty is asked for."""

    authors: tuple[str, ...] = ()
    license: str = ""
    training_data: str = ""
    code: str = ""

    def lines(self) -> Iterator[str]:
        """Yields the lines of ``submission.toml``."""
        said = (self.authors, self.license, self.training_data, self.code)
        if not all(said):
            yield "# To be filled in: who made it, and of what."
        yield f"authors = [{', '.join(map(toml_string, self.authors))}]"
        yield f"license = {toml_string(self.license)}"
        yield f"training_data = {toml_string(self.training_data)}"
        yield f"code = {toml_string(self.code)}"


UNSAID = About()
"""All of it is asked for."""


def check_vacant(folder: Path) -> None:
    """Checks that nothing would be overwritten.

    Raises:
        UsageError: There is something in the folder, or a file of its name.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{one_line(str(folder))}: expected no folder or an empty one; nothing was written")


def write_plain(folder: Path, about: About = UNSAID) -> None:
    """Writes a policy that plays and does nothing, and what names it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "policy.py").write_text(POLICY, encoding="utf-8")
    lines = [f"name = {toml_string(folder.resolve().name)}", 'entry = "policy:Policy"', *about.lines()]
    (folder / FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_adapted(
    folder: Path,
    adapter: Adapter,
    weights: Path,
    python: str | None,
    pins: Sequence[str],
    about: About = UNSAID,
) -> None:
    """Writes a folder whose weights an adapter loads.

    Args:
        folder: The folder.
        adapter: Who loads them.
        weights: The library's file or folder, which is copied.
        python: The interpreter that has the library, as the folder names it; None for the harness's own.
        pins: What is to be installed for it.
        about: What only its author knows.

    Raises:
        InvalidSubmissionError: There are no such weights.
    """
    if not weights.exists():
        raise InvalidSubmissionError(
            f"{one_line(str(weights))}: expected a file or a folder of {adapter.library}, found nothing"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name in (weights.name, *(weights.name + ending for ending in adapter.beside)):
        source = weights.with_name(name)
        if source.is_dir():
            shutil.copytree(source, folder / name)
        elif source.exists():
            shutil.copyfile(source, folder / name)
    if adapter.needs_code_for(weights):
        (folder / "policy.py").write_text(adapter.template.replace("WEIGHTS", weights.name), encoding="utf-8")
        what = ['entry = "policy:Policy"']
    else:
        what = [f"adapter = {toml_string(adapter.name)}", f"weights = {toml_string(weights.name)}"]
    own = [] if python is None else [f"python = {toml_string(python)}"]
    lines = [
        f"name = {toml_string(weights.stem or weights.name)}",
        *what,
        *own,
        f"requirements = {toml_string(REQUIREMENTS)}",
        *about.lines(),
    ]
    (folder / FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / REQUIREMENTS).write_text("\n".join(pins) + "\n", encoding="utf-8")


def pinned(adapter: Adapter, python: str | None) -> list[str]:
    """Returns the requirements of an adapter, in the versions of an interpreter that has them.

    Args:
        adapter: The adapter; of what the interpreter lacks its own versions stand, with which it was tried.
        python: The interpreter; None for this one.
    """
    if python is None:
        found = {one.name: one.version for one in distributions()}
    else:
        found = dict(packages_of(python, "option --python"))
    there = {_normal(name): version for name, version in found.items()}
    return [_pin(requirement, there) for requirement in adapter.requirements]


def append_questions(folder: Path, task: Task, problem: str) -> None:
    """Adds to a folder's file what has to be said of the mapping, as comments, and the task's fields.

    Args:
        folder: The folder.
        task: The task that its policy could not be loaded for.
        problem: Why; what follows ``such as:`` in it are lines to be written.
    """
    why, _, lines = problem.partition("such as: ")
    asked = [line for line in lines.split("; ") if line.startswith("mapping.")]
    text = [f"# To be filled in: {one_line(why)}", *(f"# {line}" for line in asked)]
    for field in task.observation:
        if field.components:
            text.append(f"# {field.name}: {', '.join(field.components)}")
    with (folder / FILE).open("a", encoding="utf-8") as file:
        file.write("\n" + "\n".join(text) + "\n")


def build_environment(folder: Path) -> str:
    """Returns what made the environment of a folder, ``uv`` or ``pip``.

    Raises:
        InvalidSubmissionError: It could not be made; the message holds what the program said last.
    """
    uv = shutil.which("uv")
    target, wanted = folder / ENVIRONMENT, folder / REQUIREMENTS
    python = str(target / "bin" / "python")
    if uv is not None:
        _execute(uv, "venv", "--python", sys.executable, str(target))
        _execute(uv, "pip", "install", "--python", python, "-r", str(wanted))
        return "uv"
    _execute(sys.executable, "-m", "venv", str(target))
    _execute(python, "-m", "pip", "install", "--quiet", "-r", str(wanted))
    return "pip"


def toml_string(text: str) -> str:
    r"""Returns a text as a basic string of TOML, which is JSON's but for one character.

    >>> toml_string('a "b"')
    '"a \\"b\\""'
    """
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _execute(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InvalidSubmissionError(f"{' '.join(command[:4])}: {one_line(str(error))}") from error
    if done.returncode:
        said = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise InvalidSubmissionError(
            f"{' '.join(command[:4])} ended with exit code {done.returncode}: "
            f"{one_line(' '.join(said[-5:]))}; mend {REQUIREMENTS} and build again"
        )


def _pin(requirement: str, there: Mapping[str, str]) -> str:
    name = re.split(r"[<>=!~ ]", requirement, maxsplit=1)[0]
    version = there.get(_normal(name))
    # A local version, +cpu, is of one index alone.
    return requirement if version is None else f"{name}=={version.partition('+')[0]}"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
