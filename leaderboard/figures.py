"""Figures: success per task, success against diversity; with those over severity, into a folder."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ilbench.leaderboard.amount_figure import amount_figure
from ilbench.leaderboard.board import BoardTask, Leaderboard
from ilbench.leaderboard.drawing import (
    GRID,
    STYLE,
    Look,
    draw_legend,
    draw_mark,
    figure_bytes,
    make_looks,
    open_circle,
)
from ilbench.leaderboard.profile_figure import profile_figure
from ilbench.leaderboard.severity_figure import severity_figure
from ilbench.scores import Estimate, SplitScores, entropy_ceiling
from ilbench.scores.generalization.gaps import TRAIN

FORMATS = ("pdf", "png", "svg")


def save_figures(board: Leaderboard, folder: Path, formats: Sequence[str] = FORMATS) -> tuple[Path, ...]:
    """Writes the figures that a leaderboard has, and returns the files.

    ``success.*``; ``diversity.*`` if a task has modes; ``profile.*`` if two tasks are shared; ``severity.*``
    if one has graded shifts; ``amount.*`` if policies were trained on different amounts of data
    (`ilbench.leaderboard.amount_figure.NAME`).

    Files of the same name are replaced: figures are derived from runs and cost seconds.

    Args:
        board: The leaderboard.
        folder: Where to; made if it is not there.
        formats: Suffixes among `FORMATS`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    figures = {
        "success": success_figure(board),
        "diversity": diversity_figure(board),
        "profile": profile_figure(board),
        "severity": severity_figure(board),
        "amount": amount_figure(board),
    }
    paths = []
    for name, figure in figures.items():
        if figure is None:
            continue
        for suffix in formats:
            path = folder / f"{name}.{suffix}"
            path.write_bytes(figure_bytes(figure, suffix))
            paths.append(path)
    return tuple(paths)


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
    axes.set_xlabel("success rate")


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
    axes.set_xlabel("success rate")
    axes.set_ylabel("behavior entropy")


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
