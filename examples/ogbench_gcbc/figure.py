"""The ladder as a picture: success in the maze against how well each policy fits actions it has not seen.

``python examples/ogbench_gcbc/figure.py results/ogbench-ladder.csv results/figures/ogbench-ladder.png``
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import TypeAlias

from matplotlib.figure import Figure

PUBLISHED = 0.09, 0.06
"""Mean and standard deviation over eight training seeds, arXiv 2410.20092."""

Row: TypeAlias = dict[str, str]


def curves(rows: list[Row]) -> dict[str, list[Row]]:
    """Returns the rows by what one curve shows: kinds of tables, and networks by the weights that act.

    Policies of near goals are left out: their errors are of other pairs.
    """
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row["rung"].endswith("near-goals"):
            continue
        if row["weights"]:
            name = f"network '{row['rung']}', {row['weights']} weights"
        else:
            name = "table, smooth" if row["rung"].endswith("smooth") else "table"
        found.setdefault(name, []).append(row)
    return {name: sorted(some, key=lambda row: -float(row["held_out_error"])) for name, some in found.items()}


def label(row: Row) -> str:
    """Returns what is written beside a point: the side of a table's bins, or thousands of steps."""
    if row["weights"]:
        return f"{int(row['step']) // 1000}k"
    return row["rung"].split("-")[1].removesuffix("m") + " m"


def draw(rows: list[Row], path: Path) -> None:
    """Writes the picture; the better the fit, the farther to the right."""
    figure = Figure(figsize=(7.5, 4.5), layout="constrained")
    axes = figure.add_subplot(xlabel="mean squared error on trajectories not learned from", ylabel="success")
    for name, some in curves(rows).items():
        errors = [float(row["held_out_error"]) for row in some]
        rates = [float(row["success"]) for row in some]
        bars = [[float(row["success"]) - float(row["low"]) for row in some]]
        bars.append([float(row["high"]) - float(row["success"]) for row in some])
        axes.errorbar(errors, rates, bars, marker="o", capsize=2, linewidth=1, label=name)
        for row, error, rate in zip(some, errors, rates, strict=True):
            axes.annotate(label(row), (error, rate), xytext=(4, 4), textcoords="offset points", fontsize=7)
    mean, deviation = PUBLISHED
    axes.axhspan(mean - deviation, mean + deviation, color="0.85", label="OGBench prints, ± 1 sd")
    axes.set_ylim(-0.02, 1)
    axes.invert_xaxis()
    axes.legend(fontsize=7)
    figure.savefig(path, dpi=150)


def main() -> None:
    """Draws the file named first into the file named second."""
    source, target = map(Path, sys.argv[1:])
    with source.open(newline="") as file:
        draw(list(csv.DictReader(file)), target)


if __name__ == "__main__":
    main()
