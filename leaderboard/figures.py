"""Figures: success per task, and success against diversity."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D

from ilbench.leaderboard.board import BoardTask, Leaderboard, Row
from ilbench.leaderboard.escape import plain
from ilbench.scores import Estimate, SplitScores, entropy_ceiling
from ilbench.scores.generalization import TRAIN

FORMATS = ("pdf", "png", "svg")

COLORS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#000000", "#b8a800")
"""Okabe and Ito's palette, its yellow darkened to be seen on white: distinct with color-blind eyes."""
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")
_REFERENCE = ("#7f7f7f", "*")
_GRID = "#e3e6ea"
STYLE: Any = {
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.labelsize": 9,
    "legend.fontsize": 8.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "svg.hashsalt": "ilbench",
    "pdf.fonttype": 42,
    "savefig.dpi": 200,
}
_UNDATED: dict[str, dict[str, Any]] = {
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
    "png": {},
}


@dataclass(frozen=True, slots=True)
class _Look:
    """How a row is drawn, the same in every figure."""

    row: Row
    label: str
    color: str
    marker: str


def save_figures(board: Leaderboard, folder: Path, formats: Sequence[str] = FORMATS) -> tuple[Path, ...]:
    """Writes ``success.*`` and, if a task has modes, ``diversity.*``; returns the files.

    Files of the same name are replaced: figures are derived from runs and cost seconds.

    Args:
        board: The leaderboard.
        folder: Where to; made if it is not there.
        formats: Suffixes among `FORMATS`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    figures = {"success": success_figure(board), "diversity": diversity_figure(board)}
    paths = []
    for name, figure in figures.items():
        if figure is None:
            continue
        for suffix in formats:
            path = folder / f"{name}.{suffix}"
            path.write_bytes(figure_bytes(figure, suffix))
            paths.append(path)
    return tuple(paths)


def figure_bytes(figure: Figure, format: str) -> bytes:
    """Returns the figure as a file's content: the same bytes for the same figure."""
    buffer = io.BytesIO()
    with rc_context(STYLE):
        figure.savefig(buffer, format=format, metadata=_UNDATED[format])
    return buffer.getvalue()


def success_figure(board: Leaderboard) -> Figure:
    """Returns success per task: a filled mark with its interval held out, an open one on ``train``."""
    looks = _looks(board)
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
        _legend(figure, looks, [_open_circle()])
    return figure


def diversity_figure(board: Leaderboard) -> Figure | None:
    """Returns behavior entropy against success, a panel a task with modes; None if there is no such task."""
    tasks = [task for task in board.tasks if task.num_modes > 1]
    looks = _looks(board)
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
        _legend(figure, looks, [_ceiling_line(), _cross()])
    return figure


def _looks(board: Leaderboard) -> list[_Look]:
    """Returns the rows to draw: the ranked ones and references, or the unranked where none is ranked."""
    rows = board.ranked or board.unranked
    looks: list[_Look] = []
    for row in rows:
        plain_name = plain(row.name)
        label = f"{plain_name} (reference)" if row.is_reference else plain_name
        index = sum(not look.row.is_reference for look in looks)
        color, marker = _REFERENCE if row.is_reference else (COLORS[index % 8], _MARKERS[index % 9])
        looks.append(_Look(row, label, color, marker))
    return looks


def _draw_success(
    axes: Axes, look: _Look, y: float, test: SplitScores | None, train: SplitScores | None
) -> None:
    if train and not look.row.is_reference:
        _mark(axes, train.success.value, y, look, filled=False)
    if train and test and not look.row.is_reference:
        axes.plot(
            [train.success.value, test.success.value], [y, y], color=look.color, linewidth=0.7, alpha=0.5
        )
    if test:
        axes.plot([test.success.low, test.success.high], [y, y], color=look.color, linewidth=2.2, alpha=0.75)
        _mark(axes, test.success.value, y, look, filled=True)


def _mark(axes: Axes, x: float, y: float, look: _Look, *, filled: bool) -> None:
    axes.plot(
        [x],
        [y],
        marker=look.marker if filled else "o",
        markersize=9 if look.row.is_reference else 5,
        color=look.color,
        markerfacecolor=look.color if filled else "white",
        markeredgecolor="white" if filled else look.color,
        markeredgewidth=0.6 if filled else 0.9,
        linestyle="none",
        zorder=4 if filled else 3,
        clip_on=False,
    )


def _finish_success(axes: Axes, board: Leaderboard) -> None:
    tasks = board.tasks
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(len(tasks), 0)
    axes.set_yticks(np.arange(len(tasks)) + 0.5, [task.id.replace("/", "/\n") for task in tasks])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=_GRID, linewidth=0.8)
    for place in range(1, len(tasks)):
        axes.axhline(place, color="#b9c0c9", linewidth=0.6)
    axes.set_xlabel("success rate")


def _draw_panel(axes: Axes, task: BoardTask, looks: Sequence[_Look]) -> None:
    axes.grid(color=_GRID, linewidth=0.8)
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
    axes.set_xlabel("success rate")
    axes.set_ylabel("behavior entropy")


def _draw_ceiling(axes: Axes, num_episodes: int, num_modes: int) -> None:
    successes = np.unique(np.linspace(1, num_episodes, min(num_episodes, 100)).astype(int))
    ceilings = [entropy_ceiling(int(k), num_modes) for k in successes]
    axes.plot(successes / num_episodes, ceilings, color="#9aa3ad", linewidth=1.1, linestyle="--", zorder=1)


def _draw_point(axes: Axes, look: _Look, success: Estimate, entropy: Estimate) -> None:
    line: dict[str, Any] = {"color": look.color, "linewidth": 1.4, "alpha": 0.75, "clip_on": False}
    axes.plot([success.low, success.high], [entropy.value, entropy.value], **line)
    axes.plot([success.value, success.value], [entropy.low, entropy.high], **line)
    _mark(axes, success.value, entropy.value, look, filled=True)


def _legend(figure: Figure, looks: Sequence[_Look], extra: Sequence[Line2D]) -> None:
    handles = [*map(_handle, looks), *extra]
    # A label that starts with an underscore would be left out.
    labels = [f" {label}" if label.startswith("_") else label for label in map(_label, handles)]
    legend: Legend = figure.legend(
        handles, labels, loc="outside lower center", ncols=_columns(labels), frameon=False, handletextpad=0.4
    )
    for text in legend.get_texts():
        text.set_parse_math(False)


def _columns(labels: Sequence[str]) -> int:
    return max(1, min(4, 84 // (max(map(len, labels)) + 6)))


def _handle(look: _Look) -> Line2D:
    return Line2D(
        [],
        [],
        color=look.color,
        marker=look.marker,
        linewidth=1.6,
        markersize=9 if look.row.is_reference else 6,
        markeredgecolor="white",
        label=look.label,
    )


def _label(handle: Line2D) -> str:
    return str(handle.get_label())


def _open_circle() -> Line2D:
    return Line2D(
        [],
        [],
        color="#5b6675",
        marker="o",
        markerfacecolor="white",
        linestyle="none",
        markersize=5,
        label="on train contexts",
    )


def _ceiling_line() -> Line2D:
    return Line2D(
        [], [], color="#9aa3ad", linestyle="--", linewidth=1.1, label="ceiling: uniform policy, same n"
    )


def _cross() -> Line2D:
    return Line2D(
        [], [], color="#5b6675", marker="x", linestyle="none", markersize=6, label="no success: no entropy"
    )
