"""Whether levels of ``test`` were trained on: layouts that occur in ``train`` or ``validation`` too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol, TypeAlias, cast

from ilbench.contract.task import Context, Task
from ilbench.digest import json_digest

ContextsBySplit: TypeAlias = Mapping[str, Sequence[Context]]


class LayoutsModule(Protocol):
    """What ``layouts`` offers, the module beside that of the contexts of a task that is played on levels."""

    naive_contexts: Callable[[Task], ContextsBySplit | None]
    """As many contexts of train, validation and test as ship, drawn by seed alone; None for a task whose
    levels all have one layout."""

    layouts: Callable[[Task, Sequence[Context]], Sequence[str]]
    """A digest of each context's layout: two contexts that share it are one level."""


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
    suite = _layouts_module(task)
    if task.contexts_of is not None or suite is None:
        return None
    naive = suite.naive_contexts(task)
    if naive is None:
        return None
    shipped = main_contexts(task)
    digests = {name: suite.layouts(task, contexts) for name, contexts in shipped.items()}
    return Duplicates(
        task=task.id,
        num_test=len(digests["test"]),
        before=_num_seen({name: suite.layouts(task, contexts) for name, contexts in naive.items()}),
        after=_num_seen(digests),
        num_train=len(digests["train"]),
        distinct_train=len(set(digests["train"])),
        contexts=contexts_digest(task),
    )


def _layouts_module(task: Task) -> LayoutsModule | None:
    package = task.make_contexts.partition(":")[0].rpartition(".")[0]
    if not package or find_spec(f"{package}.layouts") is None:
        return None
    return cast("LayoutsModule", import_module(f"{package}.layouts"))


def main_contexts(task: Task) -> dict[str, tuple[Context, ...]]:
    """Returns the contexts of train, validation (where there is one) and test."""
    return {name: task.contexts(name) for name in task.split_names if not name.startswith("shift/")}


def contexts_digest(task: Task) -> str:
    """Returns the digest of the levels of train, validation and test."""
    return json_digest({name: [dict(c) for c in contexts] for name, contexts in main_contexts(task).items()})


def _num_seen(layouts: Mapping[str, Sequence[str]]) -> int:
    known = {*layouts["train"], *layouts.get("validation", ())}
    return sum(layout in known for layout in layouts["test"])
