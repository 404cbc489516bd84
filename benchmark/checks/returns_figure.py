"""A figure of the returns of demonstrations and of the policies that learned from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIZE_IN = (6.0, 3.6)


def returns_figure(returns: Mapping[str, Sequence[float]]) -> Figure:
    """Returns a figure: for each name, the share of its episodes whose return is at least x.

    Args:
        returns: By name, returns of episodes; at least one each.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE_IN, layout="constrained")
    axes = figure.subplots()
    for name, values in returns.items():
        reached = np.sort(np.asarray(values, np.float64))
        share = 1.0 - np.arange(len(reached)) / len(reached)
        label = f"{name}: {len(reached)} episodes, mean {np.mean(reached):.2f}"
        axes.step(np.append(reached, reached[-1]), np.append(share, 0.0), where="pre", label=label)
    axes.set(ylim=(0.0, 1.02), xlabel="return", ylabel="share of episodes with at least this return")
    axes.legend(loc="lower left", fontsize="small")
    return figure
