"""A picture of demonstrations: where they lead, how long they are, and how often each mode is shown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ilbench.checks.modes_figure import draw_modes, mode_shares
from ilbench.demonstrations import Demonstrations
from ilbench.demonstrations.paths import NoPathError, path_of
from ilbench.errors import StorageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NUM_PATHS = 200
"""Paths that are drawn, evenly spread over the set; more hide one another."""


def draw_demonstrations(data: Demonstrations, others: Sequence[Demonstrations], path: Path) -> None:
    """Writes a picture of a data set, with the lengths and modes of others of the same task beside its own.

    Args:
        data: The data set.
        others: Those that it is compared with.
        path: Where to; its suffix is the format.

    Raises:
        StorageError: It cannot be written there.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 3.6), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    figure.suptitle(f"{data.task.id}: {data.name}, {len(data)} demonstrations", fontsize=10)
    _draw_paths(left, data)
    _draw_lengths(middle, (data, *others))
    draw_modes(right, len(data.task.modes), {each.name: mode_shares(each) for each in (data, *others)})
    try:
        figure.savefig(path, dpi=150)
    except (OSError, ValueError) as error:
        raise StorageError(f"{path}: the picture cannot be written ({error})") from error


def _draw_paths(axes: Axes, data: Demonstrations) -> None:
    """Draws the first two observed numbers of each demonstration, in the color of its mode."""
    from matplotlib import colormaps

    colors = colormaps["turbo"](np.linspace(0.05, 0.95, max(len(data.task.modes), 1)))
    chosen = np.unique(np.linspace(0, len(data) - 1, NUM_PATHS).astype(int))
    try:
        for trajectory in (data.trajectories[index] for index in chosen):
            states = path_of(data.task, trajectory.observations)
            color = "0.6" if trajectory.mode is None else colors[trajectory.mode]
            if states.shape[1] > 1:
                axes.plot(states[:, 0], states[:, 1], color=color, linewidth=0.6)
    except NoPathError:
        axes.text(0.5, 0.5, "no numbers are observed", ha="center", transform=axes.transAxes)
        return
    names = [name for field in data.task.observation for name in field.components]
    axes.set_xlabel(names[0] if len(names) > 1 else "first observed number")
    axes.set_ylabel(names[1] if len(names) > 1 else "second")
    axes.set_title("paths, by mode" if data.task.modes else "paths", fontsize=10)


def _draw_lengths(axes: Axes, sets: Sequence[Demonstrations]) -> None:
    lengths = [np.array([len(trajectory) for trajectory in each.trajectories]) for each in sets]
    every = np.concatenate(lengths)
    bins = np.linspace(every.min(), every.max() + 1, 31)
    for each, values in zip(sets, lengths, strict=True):
        weights = np.full(len(values), 1.0 / len(values))
        axes.hist(values, bins, weights=weights, histtype="step", label=each.name)
    axes.set_xlabel("control steps")
    axes.set_ylabel("share")
    axes.set_title("lengths", fontsize=10)
    axes.legend(fontsize=7)
