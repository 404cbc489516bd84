"""The contexts of the MiniGrid tasks: seeds chosen once, so that no level is in two splits."""

from __future__ import annotations

from itertools import count
from typing import Any

from ilbench.task import Context
from ilbench.tasks.minigrid.environment import GoToLocal
from ilbench.tasks.minigrid.missions import target_of
from ilbench.tasks.minigrid.specs import SPLITS

SEED = 1
"""Enters every level's seed: another one makes other contexts, hence another version of the task."""

HELD_OUT = frozenset({("blue", "ball"), ("green", "box"), ("red", "key")})
"""Targets that only ``shift/unseen-missions`` has; elsewhere they occur as distractors."""

SEEDS_A_SPLIT = 100_000

VARIANTS: dict[str, dict[str, Any]] = {
    "shift/more-objects": {"num_objects": 12},
    "shift/larger-room": {"room_size": 12},
}
"""What the contexts of a split have besides their seed."""


def make_goto_local() -> dict[str, list[Context]]:
    """Returns the contexts of ``minigrid/goto-local-v1`` by split."""
    env = GoToLocal()
    seen: set[str] = set()
    contexts: dict[str, list[Context]] = {}
    for number, split in enumerate(SPLITS):
        chosen = contexts[split.name] = []
        for seed in count((SEED * 100 + number) * SEEDS_A_SPLIT):
            if len(chosen) == split.num_contexts:
                break
            context = {"seed": seed, **VARIANTS.get(split.name, {})}
            env.reset(options={"context": context})
            is_held_out = target_of(env.level.mission) in HELD_OUT
            if is_held_out == (split.name == "shift/unseen-missions") and env.layout_digest() not in seen:
                seen.add(env.layout_digest())
                chosen.append(context)
    return contexts
