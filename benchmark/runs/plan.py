"""The plan of a run: which episodes, in which order, fixed before the first is played."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from ilbench.contract.task import PRESETS, Task
from ilbench.errors import UnknownNameError, UsageError
from ilbench.runs.identity import EpisodeId

Positive = Annotated[int, Field(ge=1)]
MAX_EPISODES = 10_000_000
"""Episodes of a run, at most: a plan of more is a slip, or somebody's joke, and would fill the memory."""


class Block(BaseModel):
    """The episodes of one split of one task: every context, every repeat.

    Attributes:
        task: Task id.
        split: Split name.
        num_contexts: The first so many contexts of the split.
        num_repeats: Episodes on each.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: str
    split: str
    num_contexts: Positive
    num_repeats: Positive

    def episodes(self) -> tuple[EpisodeId, ...]:
        """Returns the episodes, repeats of a context side by side."""
        return tuple(
            EpisodeId(self.task, self.split, context, repeat)
            for context in range(self.num_contexts)
            for repeat in range(self.num_repeats)
        )


def make_plan(
    tasks: Sequence[Task],
    *,
    splits: Sequence[str] = ("train", "test"),
    preset: str = "standard",
    num_contexts: int | None = None,
    num_repeats: int | None = None,
) -> tuple[Block, ...]:
    """Returns the blocks of a run.

    Args:
        tasks: The tasks, in order.
        splits: Split names; ``shift`` stands for every ``shift/…`` split, ``all`` for every split.
        preset: One of `PRESETS`; says how many contexts and repeats each task is given.
        num_contexts: Instead of the preset's number.
        num_repeats: Instead of the preset's number.

    Raises:
        UnknownNameError: A preset, or a split that none of the tasks has.
        UsageError: There are more than `MAX_EPISODES`.
    """
    if preset not in PRESETS:
        raise UnknownNameError("preset", preset, PRESETS)
    _check_splits(tasks, splits)
    blocks = []
    for task in tasks:
        for split in _chosen(task, splits):
            size = task.presets[preset].of_split(split)
            wanted = num_contexts or size.num_contexts
            blocks.append(
                Block(
                    task=task.id,
                    split=split,
                    num_contexts=min(wanted, task.split(split).num_contexts),
                    num_repeats=num_repeats or size.num_repeats,
                )
            )
    if num_planned(blocks) > MAX_EPISODES:
        raise UsageError(
            f"{num_planned(blocks)} episodes are planned, and a run has at most {MAX_EPISODES}; ask for "
            "fewer contexts or repeats"
        )
    return tuple(blocks)


def expand(blocks: Iterable[Block]) -> tuple[EpisodeId, ...]:
    """Returns all episodes of a plan, in plan order."""
    return tuple(episode for block in blocks for episode in block.episodes())


def num_planned(blocks: Iterable[Block]) -> int:
    """Returns how many episodes a plan has."""
    return sum(block.num_contexts * block.num_repeats for block in blocks)


def _chosen(task: Task, splits: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in task.split_names if any(_selects(s, name) for s in splits))


def _selects(selector: str, name: str) -> bool:
    return selector in ("all", name) or (selector == "shift" and name.startswith("shift/"))


def _check_splits(tasks: Sequence[Task], splits: Sequence[str]) -> None:
    names = dict.fromkeys(name for task in tasks for name in task.split_names)
    for selector in splits:
        if not any(_selects(selector, name) for name in names):
            raise UnknownNameError("split", selector, [*names, "shift", "all"])
