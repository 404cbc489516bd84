"""From our `gcbc` to OGBench's, one change at a time, on OGBench's medium point maze.

``python examples/ogbench_gcbc/ladder.py RUNG`` trains a network, or fills a table, and plays it; a line a
measurement is printed, and appended to the file of ``--out``.
"""

from __future__ import annotations

# ruff: noqa: E402 - the arithmetic is fixed before NumPy and torch are imported
from ilbench.arithmetic import fix_arithmetic

fix_arithmetic()

import argparse
import csv
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from learning import Data, Setting, acting, error, make_data, train
from playing import Act, by_goal, play
from tabular import Table

from ilbench.scores.statistics.intervals import wilson
from ilbench.tasks.navigation.ogbench_data import SIZES, Size, record


class TableSetting(NamedTuple):
    """How a table is filled and read.

    Attributes:
        side_m: Side of a state's bin; a goal's is at least 1 m.
        discount: See `Table`.
        smooth: See `Table`.
    """

    side_m: float
    discount: float | None = None
    smooth: bool = False


OURS = Setting()
OPTIMIZER = replace(OURS, decays=False, regularized=False)
INPUTS = replace(OPTIMIZER, z_scored=False)
THEIRS = replace(INPUTS, gelu=True, glorot=True)
RUNGS = {
    "ours": OURS,
    "optimizer": OPTIMIZER,
    "inputs": INPUTS,
    "theirs": THEIRS,
    "theirs-batch": replace(THEIRS, batch_size=1024),
    "near-goals": replace(OURS, discount=0.99),
}
"""Networks by name; each adds one group of changes to the one before, but for the last, which is ours with
goals that are geometrically distant."""

TABLES = {
    "table-4m": TableSetting(4.0),
    "table-2m": TableSetting(2.0),
    "table-1m": TableSetting(1.0),
    "table-0.5m": TableSetting(0.5),
    "table-0.25m": TableSetting(0.25),
    "table-2m-smooth": TableSetting(2.0, smooth=True),
    "table-1m-smooth": TableSetting(1.0, smooth=True),
    "table-0.5m-smooth": TableSetting(0.5, smooth=True),
    "table-0.25m-smooth": TableSetting(0.25, smooth=True),
    "table-1m-near-goals": TableSetting(1.0, discount=0.99),
    "table-0.5m-near-goals": TableSetting(0.5, discount=0.99),
}

NUM_HELD_OUT = 100
"""Trajectories that no rung learns from, as many as are in OGBench's own second file."""

COLUMNS = (
    "rung",
    "seed",
    "batch_size",
    "step",
    "weights",
    "trajectories",
    "training_error",
    "held_out_error",
    "success",
    "low",
    "high",
    "episodes",
    "staying",
    "by_goal",
)


def of_network(rung: str, setting: Setting, seed: int, data: Data, contexts: int) -> Iterator[dict[str, Any]]:
    """Yields a row of `COLUMNS` for each stop of a training, for the average and for the last weights."""
    for step, weights, actor in train(setting, data, seed, stops(setting.steps)):
        names = {"rung": rung, "seed": seed, "batch_size": setting.batch_size, "step": step}
        measured = measurement(acting(actor), data, setting.discount, contexts)
        yield {**names, "weights": weights, "trajectories": len(data.places), **measured}


def of_table(rung: str, recordings: int, data: Data, contexts: int) -> dict[str, Any]:
    """Returns the row of a table of so many recordings, the first of which is the data."""
    side_m, discount, smooth = TABLES[rung]
    table = Table(side_m, max(side_m, 1.0), discount, smooth)
    table.add(data)
    for seed in range(2, recordings + 1):
        table.add(recorded(len(data.places), seed))
    measured = measurement(table.act, data, discount, contexts)
    return {"rung": rung, "trajectories": recordings * len(data.places), **measured}


def measurement(act: Act, data: Data, discount: float | None, contexts: int) -> dict[str, Any]:
    """Returns errors and what playing the first test contexts gives, as columns of a row."""
    held_out = recorded(NUM_HELD_OUT, seed=1)
    episodes = play(act, contexts)
    estimate = wilson(int(episodes.success.sum()), contexts)
    values = {
        "training_error": error(act, data, discount),
        "held_out_error": error(act, held_out, discount),
        "success": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "staying": episodes.stays.mean(),
    }
    rounded = {name: f"{value:.3f}" for name, value in values.items()}
    goals = " ".join(f"{rate:.2f}" for rate in by_goal(episodes.success))
    return {**rounded, "episodes": contexts, "by_goal": goals}


@cache
def recorded(num_trajectories: int, seed: int) -> Data:
    """Returns trajectories by OGBench's recipe; those of seed 0 are what `ilbench ogbench record` writes."""
    size = Size(num_trajectories, SIZES["navigate"].num_steps)
    return make_data(record("medium", "navigate", size, seed))


def stops(steps: int) -> tuple[int, ...]:
    """Returns at which steps a training is measured: at 1, 2, 5, 10, 20, 30, … thousand, and at its end."""
    early = (1000, 2000, 5000)
    return (*(step for step in (*early, *range(10_000, steps, 10_000)) if step < steps), steps)


def main() -> None:
    """Measures rungs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rungs", nargs="+", choices=[*RUNGS, *TABLES], metavar="RUNG")
    parser.add_argument("--steps", type=int, help="gradient steps of a network, instead of 20,000")
    parser.add_argument("--seed", type=int, default=0, help="of a network")
    parser.add_argument("--recordings", type=int, default=1, help="of a table, a thousand trajectories each")
    parser.add_argument("--contexts", type=int, default=100, help="of 250, a multiple of five")
    parser.add_argument("--data", type=Path, help="what `ilbench ogbench record` wrote; else recorded anew")
    parser.add_argument("--out", type=Path, help="a CSV file to append to")
    options = parser.parse_args()
    torch.set_num_threads(1)
    size = SIZES["navigate"].num_trajectories
    data = recorded(size, seed=0) if options.data is None else make_data(dict(np.load(options.data)))
    for rung in options.rungs:
        for row in rows_of(rung, data, options):
            write(row, options.out)


def rows_of(rung: str, data: Data, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yields the rows of a rung, a network's or a table's."""
    if rung in TABLES:
        yield of_table(rung, options.recordings, data, options.contexts)
    else:
        setting = replace(RUNGS[rung], steps=options.steps or RUNGS[rung].steps)
        yield from of_network(rung, setting, options.seed, data, options.contexts)


def write(row: dict[str, Any], path: Path | None) -> None:
    """Prints a row, and appends it to the file, which begins with the names of the columns."""
    sys.stdout.write(" ".join(f"{name}={value}" for name, value in row.items()) + "\n")
    sys.stdout.flush()
    if path is None:
        return
    is_new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        if is_new:
            writer.writeheader()
        writer.writerow(row)


if __name__ == "__main__":
    main()
