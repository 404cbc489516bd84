"""Whether levels of ``test`` were trained on: layouts that occur in ``train`` or ``validation`` too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ilbench.contract.layouts import Layouts
from ilbench.contract.task import Context, Task
from ilbench.digest import json_digest
from ilbench.errors import InvalidTaskError


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates:
    """How many test levels of a task are not held out.

    Attributes:
        task: Id of the task.
        num_test: Levels of ``test``.
        before: Those whose layout is one of ``train`` or ``validation``, if levels are drawn by seed alone.
        after: The same of the levels that ship.
        num_train: Levels of ``train``, as they ship.
        distinct_train: Different layouts among these.
        contexts: Digest of the levels that were counted.
    """

    task: str
    num_test: int
    before: int
    after: int
    num_train: int
    distinct_train: int
    contexts: str


def count_duplicates(task: Task) -> Duplicates | None:
    """Returns how many test levels of a task are not held out, None where it is not played on levels."""
    if task.layouts is None or task.contexts_of is not None:
        return None
    suite = _load_layouts(task, task.layouts)
    naive = suite.naive_contexts(task)
    shipped = main_contexts(task)
    digests = {name: suite.digests(task, contexts) for name, contexts in shipped.items()}
    return Duplicates(
        task=task.id,
        num_test=len(digests["test"]),
        before=_num_seen({name: suite.digests(task, contexts) for name, contexts in naive.items()}),
        after=_num_seen(digests),
        num_train=len(digests["train"]),
        distinct_train=len(set(digests["train"])),
        contexts=contexts_digest(task),
    )


def _load_layouts(task: Task, import_string: str) -> Layouts:
    found = task.load(import_string)
    if not isinstance(found, Layouts):
        raise InvalidTaskError(
            f"task {task.id!r}: layouts {import_string!r} must lead to an ilbench.contract.layouts.Layouts, "
            f"found {type(found).__name__}"
        )
    return found


def main_contexts(task: Task) -> dict[str, tuple[Context, ...]]:
    """Returns the contexts of train, validation (where there is one) and test."""
    return {name: task.contexts(name) for name in task.split_names if not name.startswith("shift/")}


def contexts_digest(task: Task) -> str:
    """Returns the digest of the levels of train, validation and test."""
    return json_digest({name: [dict(c) for c in contexts] for name, contexts in main_contexts(task).items()})


def _num_seen(layouts: Mapping[str, Sequence[str]]) -> int:
    known = {*layouts["train"], *layouts.get("validation", ())}
    return sum(layout in known for layout in layouts["test"])
