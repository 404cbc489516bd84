"""The contexts of the discrete mazes: drawn once from a versioned seed, held out by layout."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ilbench.tasks.navigation.tunnel_tasks import PAIRS_PER_LAYOUT, SPLITS, TUNNELS
from ilbench.tasks.navigation.tunnels import Cell, Tunnels, as_rows, dig, from_rows, layout_digest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.task import Context, Split

SEED = 1
"""Enters every draw: another one makes other contexts, hence another version of the tasks."""


def _make(name: str) -> dict[str, list[Context]]:
    """Returns the contexts of the task of that name, by split; no layout is in two splits, but new-pairs."""
    tunnels, seen = TUNNELS[name], set[str]()
    made: dict[str, list[Context]] = {}
    for split in SPLITS[name]:
        rng = _generator(name, split)
        if split.name == "shift/new-pairs":
            made[split.name] = _new_pairs(made["train"], split.num_contexts, rng)
            continue
        pairs = PAIRS_PER_LAYOUT if split.name == "train" else 1
        made[split.name] = _draw(_tunnels_of(split, tunnels), split.num_contexts, pairs, seen, rng)
    return made


def naive_contexts(name: str) -> dict[str, list[Context]]:
    """Returns the contexts of the main splits as they would be if none were held out from another."""
    return {
        split.name: _draw(
            TUNNELS[name],
            split.num_contexts,
            PAIRS_PER_LAYOUT if split.name == "train" else 1,
            set(),
            _generator(name, split),
        )
        for split in SPLITS[name]
        if not split.name.startswith("shift/")
    }


def _generator(name: str, split: Split) -> np.random.Generator:
    return np.random.default_rng([SEED, *f"{name} {split.name}".encode()])


make_maze_16 = partial(_make, "maze-16")
make_maze_25 = partial(_make, "maze-25")


def _fresh(name: str, rng: np.random.Generator) -> Iterator[Context]:
    seen = set[str]()
    while True:
        yield from _draw(TUNNELS[name], 1, 1, seen, rng)


fresh_maze_16 = partial(_fresh, "maze-16")
fresh_maze_25 = partial(_fresh, "maze-25")


def _tunnels_of(split: Split, tunnels: Tunnels) -> Tunnels:
    if split.name == "shift/no-loops":
        return replace(tunnels, shortcut_rate=0.0)
    return replace(tunnels, width=1) if split.name == "shift/narrow" else tunnels


def _draw(tunnels: Tunnels, size: int, pairs: int, seen: set[str], rng: np.random.Generator) -> list[Context]:
    """Returns contexts, `pairs` of start and goal in each layout one after the other; adds to `seen`."""
    contexts: list[Context] = []
    while len(contexts) < size:
        walls = dig(tunnels, rng)
        digest = layout_digest(walls)
        if digest in seen:
            continue
        seen.add(digest)
        chosen: list[tuple[Cell, Cell]] = []
        while len(chosen) < pairs:
            pair = _pair(walls, rng)
            if pair not in chosen:
                chosen.append(pair)
        contexts += [{"walls": as_rows(walls), "start": [*s], "goal": [*g]} for s, g in chosen]
    return contexts


def _new_pairs(train: list[Context], size: int, rng: np.random.Generator) -> list[Context]:
    """Returns layouts of `train`, evenly spread, with a start and a goal that they do not have there."""
    contexts: list[Context] = []
    layouts = train[::PAIRS_PER_LAYOUT]
    for context in layouts[:: len(layouts) // size][:size]:
        known = [(c["start"], c["goal"]) for c in train if c["walls"] == context["walls"]]
        walls = from_rows(context["walls"])
        start, goal = _pair(walls, rng)
        while ([*start], [*goal]) in known:
            start, goal = _pair(walls, rng)
        contexts.append({"walls": context["walls"], "start": [*start], "goal": [*goal]})
    return contexts


def _pair(walls: NDArray[np.bool_], rng: np.random.Generator) -> tuple[Cell, Cell]:
    """Returns two different free cells, start and goal, uniformly."""
    free = np.argwhere(~walls)
    start, goal = free[rng.choice(len(free), 2, replace=False)].tolist()
    return (start[0], start[1]), (goal[0], goal[1])
