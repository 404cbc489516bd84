"""A picture of coverage: every layout a dot, by training seeds, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ilbench.checks.calibration import CoverageRow
from ilbench.checks.rate_coverage import FEWEST
from ilbench.scores.statistics.estimate import CONFIDENCE


def draw_coverage(rows: Sequence[CoverageRow], path: Path) -> None:
    """Writes a picture of the success rate's coverage, before on the left and as printed on the right.

    Args:
        rows: From `ilbench.checks.calibration.make_rows`; those without a coverage before are left out.
        path: Where to; its suffix is the format.
    """
    from matplotlib.figure import Figure

    shown = [row for row in rows if row.before is not None and 0 < row.rate < 1]
    seeds = sorted({row.seeds for row in shown})
    rng = np.random.default_rng(0)
    places = np.array([seeds.index(row.seeds) for row in shown]) + rng.uniform(-0.35, 0.35, len(shown))
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    sides = (
        ("before", [row.before or 0.0 for row in shown]),
        ("as printed", [row.coverage for row in shown]),
    )
    colors = [row.correlation for row in shown]
    for axes, (title, values) in zip(panels, sides, strict=True):
        dots = axes.scatter(places, values, s=5, c=colors, cmap="viridis", linewidths=0, vmin=0, vmax=1)
        axes.axhline(CONFIDENCE, color="black", linewidth=0.8)
        axes.axhline(FEWEST, color="black", linewidth=0.8, linestyle=":")
        axes.set_xticks(range(len(seeds)), [str(number) for number in seeds])
        axes.set_xlabel("training seeds")
        axes.set_ylim(0, 1.02)
        axes.set_title(f"{title}: least {min(values, default=0):.2f}", fontsize=10)
    panels[0].set_ylabel("coverage of nominal 95 % intervals")
    figure.colorbar(dots, ax=panels, label="intra-class correlation", aspect=30)
    figure.savefig(path, dpi=150)
