"""A figure: success over the amount of data that a policy was trained on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator

from ilbench.leaderboard.admission import HEADLINE
from ilbench.leaderboard.board import BoardTask, Leaderboard
from ilbench.leaderboard.drawing import (
    COLORS,
    GRID,
    MARKERS,
    STYLE,
    Look,
    draw_legend,
    draw_mark,
    drawable,
    open_circle,
)
from ilbench.leaderboard.frame import scores_frame
from ilbench.leaderboard.making import LABEL_CHARACTERS
from ilbench.leaderboard.row import Row
from ilbench.plain_text import distinct_lines
from ilbench.scores.generalization.gaps import TRAIN
from ilbench.scores.measures import SUCCESS

if TYPE_CHECKING:
    from pandas import DataFrame

NAME = re.compile(r"(?P<policy>.+), (?P<amount>[1-9][0-9]{0,11}) (?P<unit>[a-z]{1,24})")
"""Name of a submission that was trained on an amount of something: ``bc-mlp, 50 levels``."""


class Series(NamedTuple):
    """Submissions that differ in nothing but the amount of data."""

    policy: str
    unit: str
    rows: dict[int, Row]


def amount_figure(board: Leaderboard) -> Figure | None:
    """Returns success over the amount of data, a panel a task: filled marks held out, open ones on ``train``.

    Ranked or not, rows whose names end in an amount (`NAME`) are drawn; None where no policy has two.
    """
    series = find_series(board)
    if not series:
        return None
    labels = distinct_lines((one.policy for one in series), LABEL_CHARACTERS)
    looks = [
        Look(row, drawable(labels[one.policy]), COLORS[i % len(COLORS)], MARKERS[i % len(MARKERS)])
        for i, one in enumerate(series)
        for row in list(one.rows.values())[:1]
    ]
    panels = [task for task in board.tasks if any(_rates(one, task, HEADLINE) for one in series)]
    with rc_context(STYLE):
        figure = Figure(figsize=(max(5.0, 3.1 * len(panels) + 0.4), 3.4), layout="constrained")
        axes = figure.subplots(1, len(panels), squeeze=False, sharey=True).ravel()
        for panel, task in zip(axes, panels, strict=True):
            for one, look in zip(series, looks, strict=True):
                _draw(panel, one, task, look)
            _finish(panel, task, series)
        axes[0].set_ylabel(SUCCESS.title)
        draw_legend(figure, looks, [open_circle()])
    return figure


def amount_frame(board: Leaderboard) -> DataFrame:
    """Returns the success rates in the figure, as `scores_frame` has them, with ``policy`` and ``amount``."""
    rows = [row for series in find_series(board) for row in series.rows.values()]
    frame = scores_frame(board, rows, [SUCCESS], [HEADLINE, TRAIN])
    parts = frame.submission.str.extract(NAME)
    return frame.assign(policy=parts.policy, amount=parts.amount.astype("Int64"), unit=parts.unit)


def find_series(board: Leaderboard) -> list[Series]:
    """Returns the policies with rows of at least two amounts, in order of their names."""
    found: dict[tuple[str, str], dict[int, Row]] = {}
    for row in board.rows:
        match = NAME.fullmatch(row.name)
        if match:
            found.setdefault((match["policy"], match["unit"]), {})[int(match["amount"])] = row
    return [
        Series(policy, unit, dict(sorted(rows.items())))
        for (policy, unit), rows in sorted(found.items())
        if len(rows) > 1
    ]


def _rates(series: Series, task: BoardTask, split: str) -> Iterator[tuple[int, float, float, float]]:
    for amount, row in series.rows.items():
        scores = row.split(task.id, split)
        if scores is not None:
            yield amount, scores.success.value, scores.success.low, scores.success.high


def _draw(axes: Axes, series: Series, task: BoardTask, look: Look) -> None:
    for split, is_held_out in ((HEADLINE, True), (TRAIN, False)):
        points = list(_rates(series, task, split))
        if not points:
            continue
        amounts, rates, lows, highs = zip(*points, strict=True)
        style = "-" if is_held_out else ":"
        axes.plot(amounts, rates, color=look.color, linewidth=1.3, linestyle=style, zorder=3)
        axes.fill_between(amounts, lows, highs, color=look.color, alpha=0.15, linewidth=0)
        for amount, rate in zip(amounts, rates, strict=True):
            draw_mark(axes, amount, rate, look, filled=is_held_out)


def _finish(axes: Axes, task: BoardTask, series: list[Series]) -> None:
    amounts = sorted({amount for one in series for amount in one.rows})
    axes.set_title(task.id)
    axes.set_xscale("log")
    axes.set_xticks(amounts, [str(amount) for amount in amounts])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(f"number of training {' or '.join(sorted({one.unit for one in series}))}")
    axes.set_ylim(-0.03, 1.03)
    axes.grid(color=GRID, linewidth=0.8)
