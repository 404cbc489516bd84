"""Which levels are the same: what ``ilbench check levels navigation`` counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ilbench.contract.layouts import Layouts
from ilbench.tasks.navigation import tunnel_contexts
from ilbench.tasks.navigation.tunnel_tasks import TASKS
from ilbench.tasks.navigation.tunnels import from_rows, layout_digest

if TYPE_CHECKING:
    from ilbench.contract.task import Context, Task

NAMES = {task.id: name for name, task in zip(("maze-16", "maze-25"), TASKS, strict=True)}


def naive_contexts(task: Task) -> Mapping[str, Sequence[Context]]:
    """Returns mazes of which none is held out."""
    return tunnel_contexts.naive_contexts(NAMES[task.id])


def digests(task: Task, contexts: Sequence[Context]) -> list[str]:
    """Returns a digest of each context's walls, in order."""
    return [layout_digest(from_rows(context["walls"])) for context in contexts]


LAYOUTS = Layouts(naive_contexts=naive_contexts, digests=digests)
