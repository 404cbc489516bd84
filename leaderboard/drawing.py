"""What all figures share: colors and marks of the rows, the legend, the bytes of a file."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D

from ilbench.leaderboard.board import Leaderboard, Row
from ilbench.leaderboard.escape import plain

COLORS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#000000", "#b8a800")
"""Okabe and Ito's palette, its yellow darkened to be seen on white: distinct with color-blind eyes."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")
_REFERENCE = ("#7f7f7f", "*")
GRID = "#e3e6ea"
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
class Look:
    """How a row is drawn, the same in every figure."""

    row: Row
    label: str
    color: str
    marker: str


def figure_bytes(figure: Figure, format: str) -> bytes:
    """Returns the figure as a file's content: the same bytes for the same figure."""
    buffer = io.BytesIO()
    with rc_context(STYLE):
        figure.savefig(buffer, format=format, metadata=_UNDATED[format])
    return buffer.getvalue()


def make_looks(board: Leaderboard) -> list[Look]:
    """Returns the rows to draw: the ranked ones and references, or the unranked where none is ranked."""
    rows = board.ranked or board.unranked
    looks: list[Look] = []
    for row in rows:
        plain_name = plain(row.name)
        label = f"{plain_name} (reference)" if row.is_reference else plain_name
        index = sum(not look.row.is_reference for look in looks)
        color, marker = _REFERENCE if row.is_reference else (COLORS[index % 8], MARKERS[index % 9])
        looks.append(Look(row, label, color, marker))
    return looks


def draw_mark(axes: Axes, x: float, y: float, look: Look, *, filled: bool) -> None:
    """Draws a row's mark at a point."""
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


def draw_legend(figure: Figure, looks: Sequence[Look], extra: Sequence[Line2D] = ()) -> None:
    """Draws the legend of the rows, and of further marks, below the figure."""
    handles = [*map(_handle, looks), *extra]
    # A label that starts with an underscore would be left out.
    labels = [f" {label}" if label.startswith("_") else label for label in map(_label, handles)]
    legend: Legend = figure.legend(
        handles, labels, loc="outside lower center", ncols=_columns(labels), frameon=False, handletextpad=0.4
    )
    for text in legend.get_texts():
        text.set_parse_math(False)


def open_circle() -> Line2D:
    """Returns the legend's mark of what was played on ``train``."""
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


def _columns(labels: Sequence[str]) -> int:
    return max(1, min(4, 84 // (max(map(len, labels)) + 6)))


def _handle(look: Look) -> Line2D:
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
