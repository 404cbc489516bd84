"""What all figures share: colors and marks of the rows, the legend, the bytes of a file."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.legend import Legend
from matplotlib.lines import Line2D

from ilbench.leaderboard.board import Leaderboard
from ilbench.leaderboard.row import Row
from ilbench.plain_text import distinct_lines

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
    "text.parse_math": False,  # a name with two dollars is no formula
}
LEGEND_LINE = 0.19
"""Inches that a figure grows with each line of its legend after the first `FREE_LEGEND_LINES`."""
FREE_LEGEND_LINES = 2
SHORTEST_LABEL = 12
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
        label = drawable(row.label) + " (reference)" * row.is_reference
        index = sum(not look.row.is_reference for look in looks)
        color, marker = _REFERENCE if row.is_reference else (COLORS[index % 8], MARKERS[index % 9])
        looks.append(Look(row, label, color, marker))
    return looks


def drawable(text: str) -> str:
    """Returns a text that the font can draw: a character that it lacks stands as its number, ``[U+4F60]``.

    As empty boxes two names would look the same.
    """
    known = get_font(findfont(FontProperties())).get_charmap()
    return "".join(c if ord(c) in known else f"[U+{ord(c):04X}]" for c in text)


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
    """Draws the legend of the rows, and of further marks, below the figure; see `draw_legend_of`."""
    draw_legend_of(figure, [*map(_handle, looks), *extra])


def draw_legend_of(figure: Figure, handles: Sequence[Line2D]) -> None:
    """Draws a legend of lines and their labels below the figure, which grows with its lines.

    It has as many columns as find room; labels that find none in a single one are cut, all of them different.
    """
    renderer = RendererAgg(figure.bbox.width, figure.bbox.height, figure.dpi)  # type: ignore[no-untyped-call]
    legend: Legend | None = None
    for labels, columns in _layouts([str(handle.get_label()) for handle in handles]):
        if legend is not None:
            legend.remove()
        legend = figure.legend(
            handles, labels, loc="outside lower center", ncols=columns, frameon=False, handletextpad=0.4
        )
        if legend.get_window_extent(renderer).width <= figure.bbox.width:
            break
    num_lines = ceil(len(handles) / columns)
    figure.set_figheight(figure.get_figheight() + LEGEND_LINE * max(0, num_lines - FREE_LEGEND_LINES))


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


def _layouts(labels: Sequence[str]) -> Iterator[tuple[list[str], int]]:
    """Yields ways to lay out a legend, each narrower than the one before: labels and number of columns."""
    longest = max(map(len, labels))
    for columns in range(max(1, min(4, 84 // (longest + 6))), 0, -1):
        yield [seen(label) for label in labels], columns
    for characters in range(longest - 4, SHORTEST_LABEL - 1, -4):
        cut = distinct_lines(labels, characters)
        yield [seen(cut[label]) for label in labels], 1


def seen(label: str) -> str:
    """Returns a label that no legend leaves out, as it would one that starts with an underscore."""
    return f" {label}" if label.startswith("_") else label


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
