"""The policy's own environment: whether its recipe makes the same one again, and whether this is it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from ilbench.errors import CorruptFileError
from ilbench.plain_text import one_line
from ilbench.reading import read_bytes
from ilbench.vetting.finding import Finding, doubtful, fine, wrong

MAX_RECIPE_BYTES = 1 << 18
CHECK = "requirements"


def check_requirements(recipe: Path, installed: Mapping[str, str]) -> Iterator[Finding]:
    """Yields what is wrong with a file of requirements, or one finding that all is well.

    Args:
        recipe: The file, in pip's form.
        installed: Versions in the policy's interpreter, by distribution; empty where it has none of its own.
    """
    try:
        lines = read_bytes(recipe, MAX_RECIPE_BYTES).decode("utf-8-sig", errors="replace").splitlines()
    except CorruptFileError as error:
        yield wrong(CHECK, str(error), "write it, for instance with: pip freeze > requirements.txt")
        return
    wanted = [text for line in lines if (text := line.partition(" #")[0].strip()) and text[0] not in "#-"]
    problems = [problem for line in wanted for problem in _problems(line, _by_name(installed))]
    yield from problems
    if not problems:
        yield fine(CHECK, f"{len(wanted)} requirements, each pinned")


def _by_name(installed: Mapping[str, str]) -> dict[str, str]:
    return {canonicalize_name(name): version for name, version in installed.items()}


def _problems(line: str, installed: Mapping[str, str]) -> Iterator[Finding]:
    try:
        wanted = Requirement(line.partition(" --hash")[0].rstrip(" \\"))
    except InvalidRequirement as error:
        yield doubtful(CHECK, f"{one_line(line, 60)!r} cannot be read: {error}", "write it as NAME==VERSION")
        return
    if wanted.marker is not None and not wanted.marker.evaluate():
        return
    name = canonicalize_name(wanted.name)
    if wanted.url is None and not any(part.operator in ("==", "===") for part in wanted.specifier):
        found = f"; installed is {installed[name]}" if name in installed else ""
        yield doubtful(CHECK, f"{wanted.name} is not pinned{found}", "pin it as NAME==VERSION")
    if not installed:
        return
    if name not in installed:
        yield doubtful(CHECK, f"{wanted.name} is not in the policy's environment", "install the requirements")
    elif not wanted.specifier.contains(installed[name], prereleases=True):
        yield doubtful(
            CHECK,
            f"the environment has {wanted.name} {installed[name]}, wanted is {wanted.specifier}",
            "install the requirements, or correct them",
        )
