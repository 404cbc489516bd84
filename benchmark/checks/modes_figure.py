"""A figure of how often each mode is shown: by demonstrations, and by policies that learned from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from ilbench.demonstrations import Demonstrations

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from ilbench.contract.task import Task

SIZE_IN = (7.0, 3.2)
WIDTH = 0.8
"""Of the bars of a mode, together."""


def mode_shares(data: Demonstrations) -> NDArray[np.float64]:
    """Returns the share of demonstrations that show each mode of their task, shape (modes,)."""
    return shares_of([trajectory.mode for trajectory in data.trajectories], len(data.task.modes))


def shares_of(shown: Iterable[int | None], num_modes: int) -> NDArray[np.float64]:
    """Returns the share of episodes that show each mode, shape (num_modes,); zeros if there are none.

    Args:
        shown: The mode of each episode; None for one that shows none.
        num_modes: Of the task.
    """
    modes = list(shown)
    counts = np.bincount([mode for mode in modes if mode is not None], minlength=num_modes)
    return counts / max(len(modes), 1)


def modes_figure(task: Task, shares: Mapping[str, NDArray[np.float64]]) -> Figure:
    """Returns a figure with a bar for each mode and name.

    Args:
        task: With modes.
        shares: By name, the share of each mode, shape (modes,).
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE_IN, layout="constrained", dpi=160)
    axes = figure.subplots()
    draw_modes(axes, len(task.modes), shares)
    axes.set_title(f"{task.id}: share of each mode (dotted: even)", fontsize=9)
    return figure


def draw_modes(axes: Axes, num_modes: int, shares: Mapping[str, NDArray[np.float64]]) -> None:
    """Draws the share of each mode, the names side by side."""
    if num_modes < 2:
        axes.text(0.5, 0.5, "the task has no modes", ha="center", transform=axes.transAxes)
        return
    width = WIDTH / len(shares)
    for number, (name, values) in enumerate(shares.items()):
        axes.bar(np.arange(num_modes) + (number + 0.5) * width - WIDTH / 2, values, width, label=name)
    axes.axhline(1 / num_modes, color="black", linewidth=0.8, linestyle=":")
    axes.set_xlabel("mode")
    axes.set_ylabel("share of episodes")
    axes.set_title("modes (dotted: even)", fontsize=10)
    axes.legend(fontsize=7)
