"""The header of a bundle: what was planned and played, on which tasks, by whom, under which nonce."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from ilbench.contract.board import Board
from ilbench.contract.carried import CarriedTask
from ilbench.contract.task import Task, installed_version
from ilbench.errors import CorruptFileError
from ilbench.leaderboard.checking.problem import Problem, problem, shown
from ilbench.runs.bundle import REMEDY
from ilbench.runs.digested_json import digest_problem, read_json_object
from ilbench.runs.folder import HEADER, RunHeader, contradiction
from ilbench.runs.identity import PROTOCOL
from ilbench.runs.nonce import PUBLISHED_NONCE
from ilbench.runs.plan import Block, make_plan

DRAWN = re.compile("[0-9a-f]{32}")
"""What `ilbench.runs.nonce.draw_nonce` makes."""
PLAY = "play it again"
NEEDED_DETAILS = ("authors", "license")
SAYS = {"authors": "authors = [...]", "license": 'license = "..."'}


def read_header(folder: Path) -> tuple[RunHeader | None, list[Problem]]:
    """Returns the header of a bundle, and all that keeps it from being one; None where too much does."""
    try:
        content = read_json_object(folder / HEADER)
    except CorruptFileError as error:
        return None, [problem(HEADER, "", str(error), "a JSON object", REMEDY)]
    edited = digest_problem(content)
    problems = [problem(HEADER, "digest", "an edited file", "what was written", REMEDY)] if edited else []
    try:
        header = RunHeader.model_validate(content)
    except ValidationError as error:
        for one in error.errors():
            field = ".".join(map(str, one["loc"]))
            problems.append(problem(HEADER, field, shown(one["input"]), one["msg"], REMEDY))
        return None, problems
    found = contradiction(header)
    return header, [*problems, *([problem(HEADER, "", found, "none", REMEDY)] if found else [])]


def check_header(header: RunHeader, tasks: Mapping[str, Task], board: Board | None) -> Iterator[Problem]:
    """Yields what keeps a run from the board by its header alone.

    Args:
        header: Of the run.
        tasks: The tasks that are known here, by id.
        board: The board it is for; None for any.
    """
    preset = board.preset if board else "full"
    if header.protocol != PROTOCOL:
        yield problem(HEADER, "protocol", header.protocol, PROTOCOL, PLAY)
    if header.preset != preset:
        yield problem(HEADER, "preset", header.preset, preset, f"{PLAY}: --preset {preset}")
    if header.nonce != PUBLISHED_NONCE and not DRAWN.fullmatch(header.nonce):
        expected = f"{PUBLISHED_NONCE!r}, or 32 hexadecimal digits as 'ilbench run' draws them"
        yield problem(HEADER, "nonce", header.nonce, expected, f"{PLAY} without --nonce")
    yield from _of_submission(header)
    yield from _of_tasks(header, tasks)
    if not any(task not in tasks for task in header.tasks):
        yield from _of_plan(header, tasks, preset)


def _of_submission(header: RunHeader) -> Iterator[Problem]:
    sub = header.submission
    if sub.kind != "folder":
        remedy = "write it as a folder: ilbench submission new"
        yield problem(HEADER, "submission.kind", sub.kind, "a folder with submission.toml", remedy)
    if sub.privileged:
        remedy = "a reference is shown, never ranked"
        yield problem(HEADER, "submission.privileged", "true", "false", remedy)
    for name in NEEDED_DETAILS:
        if not sub.details.get(name, "").strip():
            remedy = f"say it in submission.toml, {SAYS[name]}, and play it again"
            yield problem(HEADER, f"submission.details.{name}", "nothing", f"the {name}", remedy)
    for field, text in (("name", sub.name), ("entry", sub.entry), *sub.details.items()):
        if not text.isprintable():
            yield problem(HEADER, f"submission.{field}", text, "printable text of one line", PLAY)


def _of_tasks(header: RunHeader, tasks: Mapping[str, Task]) -> Iterator[Problem]:
    for name, digest in header.tasks.items():
        field, task = f"tasks.{name}", tasks.get(name)
        if task is None or isinstance(task, CarriedTask):
            remedy = "install the package that declares it, or leave the task out"
            yield problem(HEADER, field, "a task that is not known here", "a task of the board", remedy)
            continue
        for package in task.packages:
            here, there = installed_version(package), header.packages.get(package)
            if here is not None and there != here:
                remedy = f"{PLAY} with the pinned version"
                yield problem(HEADER, f"packages.{package}", there or "nothing", here, remedy)
        if all(installed_version(package) for package in task.packages) and digest != task.spec_digest():
            remedy = f"{PLAY} on the task as it is now"
            yield problem(HEADER, field, f"the spec {digest[:16]}", task.spec_digest()[:16], remedy)


def _of_plan(header: RunHeader, tasks: Mapping[str, Task], preset: str) -> Iterator[Problem]:
    """Yields each block that is not the preset's: fewer episodes or more, one twice, a split lacking."""
    wanted = {_place(block): block for block in _full_plan(header, tasks, preset)}
    seen: set[tuple[str, str]] = set()
    for number, block in enumerate(header.plan):
        field, place = f"plan.{number}", _place(block)
        if place in seen:
            yield problem(HEADER, field, f"{block.task} {block.split} twice", "each split once", PLAY)
        elif place not in wanted:
            yield problem(HEADER, field, f"{block.task} {block.split}", "a split of the task", PLAY)
        elif block != wanted[place]:
            remedy = f"{PLAY}: --preset {preset}"
            yield problem(HEADER, field, _size(block), f"{_size(wanted[place])}, the preset's", remedy)
        seen.add(place)
    for task, split in wanted:
        if split == "test" and (task, split) not in seen:
            yield problem(
                HEADER, "plan", f"no {split} episodes of {task}", "them", f"{PLAY}: --split {split}"
            )


def _full_plan(header: RunHeader, tasks: Mapping[str, Task], preset: str) -> tuple[Block, ...]:
    return make_plan([tasks[name] for name in header.tasks], splits=("all",), preset=preset)


def _place(block: Block) -> tuple[str, str]:
    return block.task, block.split


def _size(block: Block) -> str:
    return f"{block.num_contexts} contexts × {block.num_repeats} repeats"
