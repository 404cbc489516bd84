"""A figure: performance profiles, the share of tasks and training seeds above each success rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ilbench.leaderboard.aggregate_table import seed_rates
from ilbench.leaderboard.board import Leaderboard
from ilbench.leaderboard.drawing import GRID, STYLE, Look, draw_legend, make_looks
from ilbench.scores import PerformanceProfile, performance_profile
from ilbench.scores.measures import SUCCESS

if TYPE_CHECKING:
    from pandas import DataFrame

THRESHOLDS = np.linspace(0, 1, 101)


def profile_figure(board: Leaderboard) -> Figure | None:
    """Returns the profiles over the shared tasks, each with its band; None if these are fewer than two.

    A curve above another everywhere is better at whatever threshold; curves that cross are a matter of taste.
    """
    found = _profiles(board)
    if not found:
        return None
    with rc_context(STYLE):
        figure = Figure(figsize=(5.4, 3.6), layout="constrained")
        axes = figure.subplots()
        for look, profile in found:
            style = "--" if look.row.is_reference else "-"
            axes.step(THRESHOLDS, profile.values, where="post", color=look.color, linestyle=style, zorder=3)
            axes.fill_between(
                THRESHOLDS, profile.low, profile.high, step="post", color=look.color, alpha=0.15, linewidth=0
            )
        axes.set_xlim(0, 1)
        axes.set_ylim(-0.02, 1.02)
        axes.set_xlabel(f"{SUCCESS.title} t")
        axes.set_ylabel("share of tasks and seeds above t")
        axes.grid(color=GRID, linewidth=0.8)
        drawn = [look for look, _ in found]
        draw_legend(figure, drawn, [_left_out(look) for look in make_looks(board) if look not in drawn])
    return figure


def _left_out(look: Look) -> Line2D:
    """Returns the legend's entry of a row that `seed_rates` has no matrix of: it is no curve, and named."""
    return Line2D([], [], linestyle="none", label=f"not drawn, seeds differ by task: {look.label}")


def profile_frame(board: Leaderboard) -> DataFrame:
    """Returns the curves: a line a submission and threshold, ``value`` with its band ``low`` to ``high``."""
    import pandas as pd

    lines = [
        (look.row.name, *numbers)
        for look, profile in _profiles(board)
        for numbers in zip(THRESHOLDS, profile.values, profile.low, profile.high, strict=True)
    ]
    return pd.DataFrame(lines, columns=["submission", "threshold", "value", "low", "high"])


def _profiles(board: Leaderboard) -> list[tuple[Look, PerformanceProfile]]:
    found = [(look, one) for look in make_looks(board) if (one := seed_rates(board, look.row))]
    return [
        (look, performance_profile(scores.rates, THRESHOLDS, means=scores.means)) for look, scores in found
    ]
