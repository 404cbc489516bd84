"""Figures: what is drawn of a leaderboard, one value a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ilbench.importing import load_object
from ilbench.plugins import by_name, load_plugins

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing
    from pandas import DataFrame

    from ilbench.leaderboard.board import Leaderboard

FORMATS = ("pdf", "png", "svg")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure. A package adds its own by an entry point of the group ``ilbench.figures``.

    Attributes:
        name: Name of its files.
        caption: What it shows, in a sentence: below it on the page.
        draw: Import string of a function from a `Leaderboard` to a figure of matplotlib, or to None where the
            board has nothing to draw. A dollar in a text is a dollar, unless the text is told to parse
            (`set_parse_math`); `ilbench.leaderboard.drawing.make_looks` has the labels of rows, as the font
            can draw them.
        data: Import string of a function from a `Leaderboard` to the data frame of the numbers in it.
        is_on_page: Whether the HTML page shows it.
        absence: What the page says where there is nothing to draw; may be empty.
    """

    name: str
    caption: str
    draw: str
    data: str
    is_on_page: bool = True
    absence: str = ""

    def of(self, board: Leaderboard) -> Drawing | None:
        """Returns the figure of a board, None where there is nothing to draw."""
        from matplotlib import rc_context

        with rc_context({"text.parse_math": False}):  # a name with two dollars is no formula
            drawn: Drawing | None = load_object(self.draw)(board)
        return drawn

    def frame(self, board: Leaderboard) -> DataFrame:
        """Returns the numbers in the figure, a line each; without lines where there is nothing to draw."""
        numbers: DataFrame = load_object(self.data)(board)
        return numbers


FIGURES = (
    Figure(
        name="success",
        caption="Success rate on each task's held-out contexts with 95 % intervals; open circles: on train "
        "contexts.",
        draw="ilbench.leaderboard.success_figure:success_figure",
        data="ilbench.leaderboard.success_figure:success_frame",
    ),
    Figure(
        name="profile",
        caption="Share of the shared tasks and training seeds with a success rate above t.",
        draw="ilbench.leaderboard.profile_figure:profile_figure",
        data="ilbench.leaderboard.profile_figure:profile_frame",
    ),
    Figure(
        name="severity",
        caption="Success rate by severity of a shift; 0 is the undisturbed test split.",
        draw="ilbench.leaderboard.severity_figure:severity_figure",
        data="ilbench.leaderboard.severity_figure:severity_frame",
    ),
    Figure(
        name="diversity",
        caption="Behavior entropy against success rate; gray: the ceiling, what a uniform policy would show.",
        draw="ilbench.leaderboard.diversity_figure:diversity_figure",
        data="ilbench.leaderboard.diversity_figure:diversity_frame",
        absence="No task of this board has behavior modes: there is no diversity to draw.",
    ),
    Figure(
        name="amount",
        caption="Success rate by the amount of data that a policy was trained on.",
        draw="ilbench.leaderboard.amount_figure:amount_figure",
        data="ilbench.leaderboard.amount_figure:amount_frame",
        is_on_page=False,
    ),
)


def load_figures() -> Mapping[str, Figure]:
    """Returns every figure by name, those of other packages among them.

    Raises:
        DuplicateNameError: Two share a name.
        PluginError: An entry point of the group ``ilbench.figures`` leads to no figure.
    """
    return by_name(load_plugins("ilbench.figures", Figure), "figure")


def save_figures(board: Leaderboard, folder: Path, formats: Sequence[str] = FORMATS) -> tuple[Path, ...]:
    """Writes the figures that a leaderboard has, and returns the files.

    ``success.*``; ``diversity.*`` if a task has modes; ``profile.*`` if two tasks are shared; ``severity.*``
    if one has graded shifts; ``amount.*`` if policies were trained on different amounts of data
    (`ilbench.leaderboard.amount_figure.NAME`); then those of other packages.

    Files of the same name are replaced: figures are derived from runs and cost seconds.

    Args:
        board: The leaderboard.
        folder: Where to; made if it is not there.
        formats: Suffixes among `FORMATS`.
    """
    from ilbench.leaderboard.drawing import figure_bytes

    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for figure in load_figures().values():
        drawn = figure.of(board)
        if drawn is None:
            continue
        for suffix in formats:
            path = folder / f"{figure.name}.{suffix}"
            path.write_bytes(figure_bytes(drawn, suffix))
            paths.append(path)
    return tuple(paths)
