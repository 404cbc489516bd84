"""Which levels are the same: what ``ilbench check levels procgen`` counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from ilbench.contract.layouts import Layouts
from ilbench.tasks.procgen.levels import layout_of
from ilbench.tasks.procgen.tasks import FIRST_TEST_LEVEL, NUM_TEST, NUM_TRAIN

if TYPE_CHECKING:
    from ilbench.contract.task import Context, Task
    from ilbench.tasks.procgen.environment import ProcgenEnv


def naive_contexts(task: Task) -> Mapping[str, Sequence[Context]]:
    """Returns the levels of the usual splits, by number alone."""
    ranges = {
        "train": range(NUM_TRAIN),
        "validation": range(NUM_TRAIN, FIRST_TEST_LEVEL),
        "test": range(FIRST_TEST_LEVEL, FIRST_TEST_LEVEL + NUM_TEST),
    }
    return {name: [{"level": level} for level in levels] for name, levels in ranges.items()}


def digests(task: Task, contexts: Sequence[Context]) -> list[str]:
    """Returns a digest of each context's level, in order: `ilbench.tasks.procgen.levels.layout`."""
    env = task.make_env()
    found = [layout_of(cast("ProcgenEnv", env.unwrapped), dict(context)).hex() for context in contexts]
    env.close()
    return found


LAYOUTS = Layouts(naive_contexts=naive_contexts, digests=digests)
