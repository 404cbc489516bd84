"""A figure: success against diversity."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ilbench.leaderboard.admission import HEADLINE
from ilbench.leaderboard.board import BoardTask, Leaderboard
from ilbench.leaderboard.drawing import GRID, STYLE, Look, draw_legend, draw_mark, make_looks
from ilbench.leaderboard.frame import scores_frame
from ilbench.scores import Estimate, entropy_ceiling
from ilbench.scores.measures import ENTROPY, SUCCESS

if TYPE_CHECKING:
    from pandas import DataFrame


def diversity_figure(board: Leaderboard) -> Figure | None:
    """Returns behavior entropy against success, a panel a task with modes; None if there is no such task."""
    tasks = [task for task in board.tasks if task.num_modes > 1]
    looks = make_looks(board)
    if not tasks:
        return None
    columns = min(3, len(tasks))
    rows = ceil(len(tasks) / columns)
    with rc_context(STYLE):
        width = {1: 4.6, 2: 6.4, 3: 8.4}[columns]
        figure = Figure(figsize=(width, 0.9 + 2.9 * rows), layout="constrained")
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
        for axes, task in zip(panels, tasks, strict=False):
            _draw_panel(axes, task, looks)
        for axes in panels[len(tasks) :]:
            axes.set_visible(False)
        draw_legend(figure, looks, [_ceiling_line(), _cross()])
    return figure


def diversity_frame(board: Leaderboard) -> DataFrame:
    """Returns the success rates and entropies in the figure, as `scores_frame` has them."""
    frame = scores_frame(board, [look.row for look in make_looks(board)], [SUCCESS, ENTROPY], [HEADLINE])
    return frame[frame.task.isin([task.id for task in board.tasks if task.num_modes > 1])]


def _draw_panel(axes: Axes, task: BoardTask, looks: Sequence[Look]) -> None:
    axes.grid(color=GRID, linewidth=0.8)
    splits = [(look, split) for look in looks if (split := look.row.split(task.id))]
    for num_episodes in sorted({split.num_episodes // split.num_training_seeds for _, split in splits}):
        _draw_ceiling(axes, num_episodes, task.num_modes)
    for look, split in splits:
        entropy = split.diversity.entropy if split.diversity else None
        if entropy is None:
            axes.plot([split.success.value], [0], marker="x", color=look.color, markersize=6, clip_on=False)
        else:
            _draw_point(axes, look, split.success, entropy)
    axes.set_title(f"{task.id}\n{task.num_modes} modes")
    axes.set_xlim(-0.03, 1.03)
    axes.set_ylim(-0.03, 1.03)
    axes.set_xlabel(SUCCESS.title)
    axes.set_ylabel(ENTROPY.title)


def _draw_ceiling(axes: Axes, num_episodes: int, num_modes: int) -> None:
    successes = np.unique(np.linspace(1, num_episodes, min(num_episodes, 100)).astype(int))
    ceilings = [entropy_ceiling(int(k), num_modes) for k in successes]
    axes.plot(successes / num_episodes, ceilings, color="#9aa3ad", linewidth=1.1, linestyle="--", zorder=1)


def _draw_point(axes: Axes, look: Look, success: Estimate, entropy: Estimate) -> None:
    line: dict[str, Any] = {"color": look.color, "linewidth": 1.4, "alpha": 0.75, "clip_on": False}
    axes.plot([success.low, success.high], [entropy.value, entropy.value], **line)
    axes.plot([success.value, success.value], [entropy.low, entropy.high], **line)
    draw_mark(axes, success.value, entropy.value, look, filled=True)


def _ceiling_line() -> Line2D:
    return Line2D(
        [], [], color="#9aa3ad", linestyle="--", linewidth=1.1, label="ceiling: uniform policy, same n"
    )


def _cross() -> Line2D:
    return Line2D(
        [], [], color="#5b6675", marker="x", linestyle="none", markersize=6, label="no success: no entropy"
    )
