"""Which levels are the same: what ``ilbench check levels minigrid`` counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count, islice
from typing import TYPE_CHECKING, Any

from ilbench.contract.layouts import Layouts
from ilbench.tasks.minigrid.contexts import candidates

if TYPE_CHECKING:
    from ilbench.contract.task import Context, Task

FIRST_SEEDS = {"train": 0, "validation": 5_000, "test": 10_000}
"""Where each split's seeds begin, or later, where the split before needs more of them."""


def naive_contexts(task: Task) -> Mapping[str, Sequence[Context]]:
    """Returns as many contexts of each main split as ship, held out by nothing but their seeds."""
    contexts: dict[str, list[Context]] = {}
    following = 0
    for split in (split for split in task.splits if split.name in FIRST_SEEDS):
        first = max(FIRST_SEEDS[split.name], following)
        contexts[split.name] = list(islice(candidates(task, split, count(first)), split.num_contexts))
        following = contexts[split.name][-1]["seed"] + 1
    return contexts


def digests(task: Task, contexts: Sequence[Context]) -> list[str]:
    """Returns a digest of each context's level, in order: its grid, the agent's pose and the mission."""
    env: Any = task.make_env().unwrapped
    found = []
    for context in contexts:
        env.reset(options={"context": context})
        found.append(env.layout_digest())
    return found


LAYOUTS = Layouts(naive_contexts=naive_contexts, digests=digests)
