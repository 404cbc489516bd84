"""A picture of episodes from above: the ways of demonstrations, or of a policy, colored by mode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.contract.environment import SeenFromAbove, Shape
from ilbench.errors import ILBenchError

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from ilbench.contract.task import Task

MAX_LEGEND = 8
"""More modes are not named in a legend: the colors follow their order."""


class NoWayError(ILBenchError):
    """A task whose observation has no measured x and y."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Where an episode went, seen from above.

    Attributes:
        points: m, shape (T, 2).
        mode: The mode that it showed; None for none.
        success: Whether it succeeded.
    """

    points: NDArray[np.float64]
    mode: int | None
    success: bool


def way_of(task: Task, observations: Mapping[str, NDArray[Any]], mode: int | None, success: bool) -> Way:
    """Returns the way of an episode from what was observed in it.

    Raises:
        NoWayError: The observation has no components "measured x" and "measured y".
    """
    for field in task.observation:
        if {"measured x", "measured y"} <= set(field.components):
            columns = [field.components.index(f"measured {axis}") for axis in "xy"]
            points = observations[field.name][:, columns].astype(np.float64)
            return Way(points=points, mode=mode, success=success)
    raise NoWayError(
        f"{task.id} has no way to draw: no observation of it has components 'measured x' and 'measured y'"
    )


def paths_figure(task: Task, ways: Sequence[Way], whose: str) -> Figure:
    """Returns the ways from above, colored by mode, gray without one; one that failed ends in a cross.

    The table is that of train context 0: where starts vary, its objects stand for all.

    Args:
        task: The task.
        ways: At least one.
        whose: Such as ``demonstrations``.
    """
    from matplotlib import colormaps
    from matplotlib.figure import Figure
    from matplotlib.patches import Polygon

    figure = Figure(figsize=(5.2, 4.6), layout="constrained", dpi=160)
    axes = figure.subplots()
    for shape in _shapes(task):
        axes.add_patch(Polygon(shape.outline, closed=True, color=shape.color, linewidth=0, zorder=1))
    colors = colormaps["turbo"](np.linspace(0.04, 0.96, max(1, len(task.modes))))
    named: set[int | None] = {None}
    for way in ways:
        label = None if way.mode in named else task.modes[way.mode or 0]
        named.add(way.mode)
        color = "#777777" if way.mode is None else colors[way.mode]
        axes.plot(*way.points.T, color=color, linewidth=0.8, alpha=0.75, label=label, zorder=2)
        if not way.success:
            axes.plot(*way.points[-1], "x", color="black", markersize=3, zorder=3)
    axes.set_aspect("equal")
    axes.set_xlabel("x (m)")
    axes.set_ylabel("y (m)")
    shown = len({way.mode for way in ways} - {None})
    axes.set_title(f"{task.id}: {len(ways)} {whose}, {shown} modes", fontsize=9)
    if 0 < shown <= MAX_LEGEND:
        axes.legend(fontsize=7, loc="best", framealpha=0.85)
    return figure


def _shapes(task: Task) -> Sequence[Shape]:
    env = task.make_env()
    try:
        env.reset(seed=0, options={"context": task.contexts("train")[0]})
        return env.plan_view() if isinstance(env, SeenFromAbove) else ()
    finally:
        env.close()
