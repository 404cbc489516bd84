"""A figure: success per task, held out and on ``train``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ilbench.leaderboard.admission import HEADLINE
from ilbench.leaderboard.board import Leaderboard
from ilbench.leaderboard.drawing import GRID, STYLE, Look, draw_legend, draw_mark, make_looks, open_circle
from ilbench.leaderboard.frame import scores_frame
from ilbench.scores import SplitScores
from ilbench.scores.generalization.gaps import TRAIN
from ilbench.scores.measures import SUCCESS

if TYPE_CHECKING:
    from pandas import DataFrame


def success_figure(board: Leaderboard) -> Figure:
    """Returns success per task: a filled mark with its interval held out, an open one on ``train``."""
    looks = make_looks(board)
    step = 1 / (len(looks) + 1.2)
    height = 1.1 + len(board.tasks) * max(0.45, 0.15 * (len(looks) + 1.2))
    with rc_context(STYLE):
        figure = Figure(figsize=(6.8, height), layout="constrained")
        axes = figure.subplots()
        for place, task in enumerate(board.tasks):
            for slot, look in enumerate(looks):
                y = place + (slot + 1.1) * step
                _draw_success(axes, look, y, look.row.split(task.id), look.row.split(task.id, TRAIN))
        _finish_success(axes, board)
        draw_legend(figure, looks, [open_circle()])
    return figure


def success_frame(board: Leaderboard) -> DataFrame:
    """Returns the success rates in the figure, as `scores_frame` has them."""
    return scores_frame(board, [look.row for look in make_looks(board)], [SUCCESS], [HEADLINE, TRAIN])


def _draw_success(
    axes: Axes, look: Look, y: float, test: SplitScores | None, train: SplitScores | None
) -> None:
    if train and not look.row.is_reference:
        draw_mark(axes, train.success.value, y, look, filled=False)
    if train and test and not look.row.is_reference:
        axes.plot(
            [train.success.value, test.success.value], [y, y], color=look.color, linewidth=0.7, alpha=0.5
        )
    if test:
        axes.plot([test.success.low, test.success.high], [y, y], color=look.color, linewidth=2.2, alpha=0.75)
        draw_mark(axes, test.success.value, y, look, filled=True)


def _finish_success(axes: Axes, board: Leaderboard) -> None:
    tasks = board.tasks
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(len(tasks), 0)
    axes.set_yticks(np.arange(len(tasks)) + 0.5, [task.id.replace("/", "/\n") for task in tasks])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=GRID, linewidth=0.8)
    for place in range(1, len(tasks)):
        axes.axhline(place, color="#b9c0c9", linewidth=0.6)
    axes.set_xlabel(SUCCESS.title)
