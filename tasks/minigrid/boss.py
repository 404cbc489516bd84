"""BossLevel's contexts: levels told apart by how long the bot takes and by how much the mission asks for.

Hu & Clune, "Thought Cloning" (NeurIPS 2023, arXiv 2306.00323), try a policy on missions that are longer or
more complex than those it was trained on. Their lists of levels belong to another generator; these are new.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.tasks.minigrid.bot import BotExpert
from ilbench.tasks.minigrid.levels import clauses

if TYPE_CHECKING:
    from ilbench.contract.task import Context, Task

LONGEST_DEMONSTRATION = 100
"""Steps that the bot takes at most in the levels of train, validation and test."""

LONGER = (130, 170)
"""Steps at which ``shift/longer-1`` ends and ``shift/longer-2``; what is longer is ``shift/longer-3``."""

MOST_CLAUSES = 2
IN_DISTRIBUTION = ("train", "validation", "test")


def make_contexts(task: Task, first_seed: int) -> dict[str, list[Context]]:
    """Returns the contexts by split: seeds from `first_seed` on, each dealt to the split that it fits.

    Levels that the bot does not finish are left out; so are all but the first of one layout.
    """
    env: Any = task.make_env()
    bot = BotExpert()
    sizes = {split.name: split.num_contexts for split in task.splits}
    dealt: dict[str, list[Context]] = {name: [] for name in sizes}
    seen: set[str] = set()
    for seed in count(first_seed):
        open_splits = [name for name in sizes if len(dealt[name]) < sizes[name]]
        if not open_splits:
            return dealt
        env.reset(options={"context": {"seed": seed}})
        layout, num_clauses = env.layout_digest(), len(clauses(env.level))
        if layout in seen or not any(fits(name, num_clauses, None) for name in open_splits):
            continue
        length = bot_length(env, bot)
        chosen = next((name for name in open_splits if length and fits(name, num_clauses, length)), None)
        if chosen is not None:
            seen.add(layout)
            dealt[chosen].append({"seed": seed})
    raise AssertionError


def draw_fresh(task: Task, seeds: Iterable[int]) -> Iterator[Context]:
    """Yields levels as those of ``test``, of some seeds."""
    env: Any = task.make_env()
    bot = BotExpert()
    for seed in seeds:
        env.reset(options={"context": {"seed": seed}})
        num_clauses = len(clauses(env.level))
        length = bot_length(env, bot) if fits("test", num_clauses, None) else None
        if length is not None and fits("test", num_clauses, length):
            yield {"seed": seed}


def fits(split: str, num_clauses: int, length: int | None) -> bool:
    """Returns whether a level belongs to a split.

    Args:
        split: The split's name.
        num_clauses: How many single instructions the mission has, 1 to 4.
        length: Steps that the bot takes; None if not yet known, for whether it may belong.
    """
    if split.startswith("shift/more-clauses"):
        return num_clauses == MOST_CLAUSES + int(split[-1])
    if num_clauses > MOST_CLAUSES:
        return False
    if length is None:
        return True
    if split in IN_DISTRIBUTION:
        return length <= LONGEST_DEMONSTRATION
    bounds = (LONGEST_DEMONSTRATION, *LONGER, np.inf)
    grade = int(split[-1])
    return bool(bounds[grade - 1] < length <= bounds[grade])


def bot_length(env: Any, bot: BotExpert) -> int | None:
    """Returns how many steps the bot takes in an environment that was just reset; None if it fails."""
    bot.reset(env, 0)
    for length in count(1):
        _, _, terminated, truncated, info = env.step(int(bot.act({})))
        if terminated or truncated:
            return length if info["success"] else None
    raise AssertionError
