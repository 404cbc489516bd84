"""Progress of long work: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Unpack

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ilbench.cli.console import say
from ilbench.plain_console import PlainConsole
from ilbench.plain_text import one_line

if TYPE_CHECKING:
    from ilbench.contract.task import Task
    from ilbench.demonstrations import Demonstrations, Dials

PLAIN_INTERVAL_S = 10.0
LABEL_CHARACTERS = 40
"""Bound of what is said to be done: a bar has one line of a terminal."""


class ProgressBar:
    """A context manager that shows how far a piece of work has come, on standard error.

    Args:
        label: What is being done.
        total: How many units in all.
        unit: What is counted, in the plural.
        done: How many were done before.
    """

    def __init__(self, label: str, total: int, unit: str, done: int = 0) -> None:
        self._label, self._total, self._unit = one_line(label, LABEL_CHARACTERS), total, unit
        self._begun_at = self._done = done
        self._start = self._printed = time.monotonic()
        self._bar: Progress | None = None
        if sys.stderr.isatty():
            self._bar = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[note]}", markup=False),
                TimeRemainingColumn(),
                console=PlainConsole(stderr=True),
            )
            self._task_id = self._bar.add_task(self._label, total=total, completed=done, note="")

    def advance(self, note: str = "") -> None:
        """Counts one more unit; see `show`."""
        self.show(self._done + 1, note)

    def show_of(self, done: int, total: int, note: str = "") -> None:
        """Shows that `done` of `total` units are done, where the total was not known before."""
        self._total = total
        if self._bar is not None:
            self._bar.update(self._task_id, total=total)
        self.show(done, note)

    def show(self, done: int, note: str = "") -> None:
        """Shows that `done` units are done, the rate, and `note`."""
        self._done = done
        now = time.monotonic()
        rate = (done - self._begun_at) / max(now - self._start, 1e-9)
        text = f"{rate:,.1f} {self._unit}/s {one_line(note)}".rstrip()
        if self._bar is not None:
            self._bar.update(self._task_id, completed=done, note=text)
        elif done == self._total or now - self._printed > PLAIN_INTERVAL_S:
            self._printed = now
            left = (self._total - done) / rate if rate > 0 else float("inf")
            say(f"{self._label}: {done}/{self._total}, {text}, {left:.0f} s left", is_aside=True)

    def __enter__(self) -> ProgressBar:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()


def obtain(
    task: Task, *, workers: int | None = None, overwrite: bool = False, **dials: Unpack[Dials]
) -> Demonstrations:
    """Returns demonstrations, generated with a progress bar if the cache has none."""
    from ilbench.demonstrations import ensure_demonstrations, make_recipe

    recipe = make_recipe(task, **dials)
    total, unit = recipe.transitions or recipe.count, "steps" if recipe.transitions else "demonstrations"
    with ProgressBar(f"demonstrations of {task.id}", total, unit) as bar:
        return ensure_demonstrations(
            task, workers=workers, overwrite=overwrite, progress=lambda done, _: bar.show(done), **dials
        )
