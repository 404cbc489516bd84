"""A figure: success over the severity of each graded shift."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ilbench.leaderboard.admission import HEADLINE
from ilbench.leaderboard.board import BoardTask, Leaderboard
from ilbench.leaderboard.drawing import GRID, STYLE, Look, draw_legend, draw_mark, make_looks
from ilbench.leaderboard.frame import scores_frame
from ilbench.scores.measures import SUCCESS

if TYPE_CHECKING:
    from pandas import DataFrame

NUM_COLUMNS = 4


def severity_figure(board: Leaderboard) -> Figure | None:
    """Returns success over severity, a panel a task and family of shifts; severity 0 is the test split.

    None if no row has played a graded shift.
    """
    looks = make_looks(board)
    panels = [
        (task, family) for task in board.tasks for family in task.graded if _is_played(task, family, looks)
    ]
    if not panels:
        return None
    columns = min(NUM_COLUMNS, len(panels))
    rows = ceil(len(panels) / columns)
    with rc_context(STYLE):
        figure = Figure(figsize=(2.4 * columns + 0.4, 2.3 * rows + 0.7), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False, sharey=True).ravel()
        for panel, (task, family) in zip(axes, panels, strict=False):
            _draw(panel, task, family, looks)
        for panel in axes[len(panels) :]:
            panel.set_visible(False)
        for panel in axes[::columns]:
            panel.set_ylabel(SUCCESS.title)
        draw_legend(figure, looks)
    return figure


def severity_frame(board: Leaderboard) -> DataFrame:
    """Returns the success rates in the figure, as `scores_frame` has them, with ``family`` and ``severity``.

    The ``test`` split of a task is a line of each of its families, with severity 0.
    """
    import pandas as pd

    places = [
        (task.id, split, family, at)
        for task in board.tasks
        for family, graded in task.graded.items()
        for at, split in {0: HEADLINE, **graded}.items()
    ]
    graded = pd.DataFrame(places, columns=["task", "split", "family", "severity"])
    scores = scores_frame(board, [look.row for look in make_looks(board)], [SUCCESS])
    return scores.merge(graded, on=["task", "split"])


def _is_played(task: BoardTask, family: str, looks: list[Look]) -> bool:
    return any(look.row.split(task.id, name) for look in looks for name in task.graded[family].values())


def _draw(axes: Axes, task: BoardTask, family: str, looks: list[Look]) -> None:
    splits = {0: HEADLINE, **task.graded[family]}
    for look in looks:
        found = {
            at: scores.success for at, name in splits.items() if (scores := look.row.split(task.id, name))
        }
        if len(found) < 2:
            continue
        at = list(found)
        axes.plot(at, [rate.value for rate in found.values()], color=look.color, linewidth=1.3, zorder=3)
        lows, highs = [rate.low for rate in found.values()], [rate.high for rate in found.values()]
        axes.fill_between(at, lows, highs, color=look.color, alpha=0.15, linewidth=0)
        for place, rate in found.items():
            draw_mark(axes, place, rate.value, look, filled=True)
    axes.set_title(f"{task.id}\n{family}")
    axes.set_ylim(-0.03, 1.03)
    axes.set_xticks(list(splits))
    axes.set_xlabel("severity")
    axes.grid(color=GRID, linewidth=0.8)
