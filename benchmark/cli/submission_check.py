"""``ilbench submission check``: every mistake of a submission that can be found before a long run."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ilbench.cli.console import say, say_all, wide_console
from ilbench.cli.options import (
    ALLOWED_MEMORY_GIB,
    LoadTimeout,
    Memory,
    PolicySandbox,
    Suites,
    Tasks,
    Timeout,
    Workers,
)
from ilbench.cli.progress import ProgressBar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ilbench.vetting.finding import Finding

COLUMNS = {"check": 12, "found": 22, "what to do": 18}
"""Columns of words, and the characters that each has at least."""


def check(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder with submission.toml.")],
    task: Tasks = None,
    suite: Suites = None,
    workers: Workers = None,
    timeout: Timeout = 60.0,
    load_timeout: LoadTimeout = 300.0,
    sandbox: PolicySandbox = "none",
    memory: Memory = ALLOWED_MEMORY_GIB,
    output_format: Annotated[
        Literal["text", "json"], typer.Option("--format", help="A table, or JSON with the same fields.")
    ] = "text",
) -> None:
    """Look at a submission before a long run: all its mistakes, and what to do about each.

    Its file, what it says of itself, its files, its environment; then on each task (--task and --suite, or
    those that it names) its convention, and a moment of playing: whether it loads and acts, within bounds,
    the same twice and in any company, how fast, and how long the full preset would take. Nothing is recorded.

    Exit code 1 if there are warnings, 2 if there are errors.

    Example:  ilbench submission check ./mine --task d3il/avoiding-v3
    """
    import ilbench

    found: list[Finding] = []
    with ProgressBar("submission", 1, "checks") as bar:
        for finding in ilbench.check_submission(
            folder,
            tasks=task or (),
            suite=suite or (),
            workers=workers,
            timeout=timeout,
            load_timeout=load_timeout,
            sandbox=sandbox,
            memory_gib=memory,
            on_progress=lambda text: bar.show_of(len(found), len(found) + 1, text),
        ):
            found.append(finding)
            bar.show_of(len(found), len(found) + 1, finding.check)
    if output_format == "json":
        from dataclasses import asdict

        say_all(json.dumps([asdict(finding) for finding in found], indent=1))
    else:
        _show(found)
    from ilbench.vetting.finding import exit_code

    raise SystemExit(exit_code(found))


def _show(found: Sequence[Finding]) -> None:
    from ilbench.plain_console import styled, whole_table

    styles = {"ok": "green", "warning": "yellow", "error": "red"}
    for task in dict.fromkeys(one.task for one in found):
        title = f"on {task}" if task else "the folder"
        table = whole_table("check", "verdict", "found", "what to do", title=title, prose=COLUMNS)
        for one in (one for one in found if one.task == task):
            table.add_row(one.check, styled(one.verdict, styles[one.verdict]), one.found, one.remedy)
        wide_console().print(table)
    counts = Counter(one.verdict for one in found)
    say(f"{counts['error']} errors, {counts['warning']} warnings, {counts['ok']} checks fine")
