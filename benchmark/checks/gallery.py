"""Pictures for people: the start and the end of an expert's episode."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING, Any

from ilbench.contract.headless import choose_backend
from ilbench.demonstrations.rollout import rollout
from ilbench.errors import MissingWeightsError

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from ilbench.contract.policy import Expert
    from ilbench.contract.task import Task

MAX_IN_TWO_COLUMNS = 14
"""A suite with more tasks than this is drawn in five columns."""


def start_and_end(task: Task, mode: int | None = None, seed: int = 0) -> tuple[NDArray[Any], ...]:
    """Returns pictures of the first and the last state of an expert's episode on test context 0.

    Without an expert, or where its trained weights are not on this machine, there is only the first.

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
        if (expert := _expert(task)) is None:
            return (start,)
        rollout(task, env, expert, 0, seed, split="test", mode=mode)
        end: NDArray[Any] = env.render()
        return start, end
    finally:
        env.close()


def _expert(task: Task) -> Expert | None:
    try:
        return task.make_expert() if task.expert else None
    except MissingWeightsError:
        return None


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
