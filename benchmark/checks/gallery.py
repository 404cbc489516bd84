"""Pictures for people: the start and end of an expert's episode, and all demonstrations seen from above."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.contract.environment import SeenFromAbove, Shape
from ilbench.contract.headless import choose_backend
from ilbench.demonstrations.rollout import rollout
from ilbench.errors import ILBenchError

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from ilbench.contract.task import Task
    from ilbench.demonstrations import Demonstrations

MAX_IN_TWO_COLUMNS = 14
"""A suite with more tasks than this is drawn in five columns."""

MAX_LEGEND = 8
"""With more modes than this, the modes are not named but told apart by color alone."""


class NoPathError(ILBenchError):
    """Demonstrations of a task whose observation has no measured x and y."""


def start_and_end(task: Task, mode: int | None = None, seed: int = 0) -> tuple[NDArray[Any], ...]:
    """Returns pictures of the first and the last state of an expert's episode on test context 0.

    Without an expert there is only the first.

    Args:
        task: A task whose environment can be drawn.
        mode: The mode to show.
        seed: Of the episode.
    """
    choose_backend()
    env = task.make_env(render_mode="rgb_array")
    try:
        env.reset(seed=0, options={"context": task.contexts("test")[0]})
        start: NDArray[Any] = env.render()
        if task.expert is None:
            return (start,)
        rollout(task, env, task.make_expert(), 0, seed, split="test", mode=mode)
        end: NDArray[Any] = env.render()
        return start, end
    finally:
        env.close()


def gallery_figure(tasks: Sequence[Task]) -> Figure:
    """Returns one figure with the start and the end of an episode of each task, side by side."""
    from matplotlib.figure import Figure

    num_columns, dpi = (2, 160) if len(tasks) <= MAX_IN_TWO_COLUMNS else (5, 80)
    rows = ceil(len(tasks) / num_columns)
    figure = Figure(figsize=(4.4 * num_columns, 1.95 * rows), layout="constrained", dpi=dpi)
    axes = figure.subplots(rows, 2 * num_columns, squeeze=False)
    for panel in axes.ravel():
        panel.set_axis_off()
    for index, task in enumerate(tasks):
        name = task.id.removeprefix(f"{task.suite}/")
        pair = axes[index // num_columns, 2 * (index % num_columns) :]
        for panel, picture, when in zip(pair, start_and_end(task), ("start", "end"), strict=False):
            panel.imshow(picture)
            panel.set_title(f"{name}, {when}", fontsize=7 if num_columns == 2 else 5)
    return figure


def demonstrations_figure(task: Task, demonstrations: Demonstrations) -> Figure:
    """Returns the measured paths of all demonstrations from above, colored by mode, where they start.

    The table is that of train context 0: where starts vary, its objects stand for all.

    Raises:
        NoPathError: The observation has no components "measured x" and "measured y".
    """
    from matplotlib import colormaps
    from matplotlib.figure import Figure
    from matplotlib.patches import Polygon

    field, x, y = _path_of(task)
    figure = Figure(figsize=(5.2, 4.6), layout="constrained", dpi=160)
    axes = figure.subplots()
    for shape in _shapes(task):
        axes.add_patch(Polygon(shape.outline, closed=True, color=shape.color, linewidth=0, zorder=1))
    colors = colormaps["turbo"](np.linspace(0.04, 0.96, max(1, len(task.modes))))
    named: set[int | None] = set()
    for trajectory in demonstrations.trajectories:
        state, mode = trajectory.observations[field], trajectory.mode
        label = None if mode is None or mode in named else task.modes[mode]
        named.add(mode)
        color = "#777777" if mode is None else colors[mode]
        axes.plot(state[:, x], state[:, y], color=color, linewidth=0.8, alpha=0.75, label=label, zorder=2)
    axes.set_aspect("equal")
    axes.set_xlabel("x (m)")
    axes.set_ylabel("y (m)")
    axes.set_title(f"{task.id}: {len(demonstrations)} demonstrations, {len(task.modes)} modes", fontsize=9)
    if len(task.modes) <= MAX_LEGEND:
        axes.legend(fontsize=7, loc="best", framealpha=0.85)
    return figure


def _path_of(task: Task) -> tuple[str, int, int]:
    for field in task.observation:
        if {"measured x", "measured y"} <= set(field.components):
            return field.name, field.components.index("measured x"), field.components.index("measured y")
    raise NoPathError(
        f"{task.id} has no path to draw: no observation of it has components 'measured x' and 'measured y'"
    )


def _shapes(task: Task) -> Sequence[Shape]:
    env = task.make_env()
    try:
        env.reset(seed=0, options={"context": task.contexts("train")[0]})
        return env.plan_view() if isinstance(env, SeenFromAbove) else ()
    finally:
        env.close()
