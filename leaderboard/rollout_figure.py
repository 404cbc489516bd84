"""A figure: behavior entropy against the number of rollouts, with the ceiling of each number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from pathlib import Path

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from ilbench.contract.task import Task
from ilbench.errors import EmptyScoreError
from ilbench.leaderboard.admission import HEADLINE
from ilbench.leaderboard.drawing import COLORS, STYLE, draw_legend_of, drawable, figure_bytes, seen
from ilbench.leaderboard.making import LABEL_CHARACTERS
from ilbench.plain_text import distinct_lines
from ilbench.runs.run_like import RunLike
from ilbench.scores import EntropyPoint, EpisodeTable, entropy_curve
from ilbench.scores.diversity.mode_counts import shows_mode
from ilbench.scores.measures import ENTROPY

NUM_COLUMNS = 3


def save_rollout_figure(runs: Sequence[RunLike], registry: Mapping[str, Task], path: Path) -> None:
    """Writes the entropy of the ``test`` episodes of every task with modes, a panel a task, a line a run.

    Args:
        runs: The runs.
        registry: Tasks by id.
        path: A file whose suffix is ``png``, ``pdf`` or ``svg``.

    Raises:
        EmptyScoreError: No run has a success with a mode on the test split of any task.
    """
    panels = _curves(runs, registry)
    if not panels:
        raise EmptyScoreError("no run has a success with a mode on a test split: there is nothing to draw")
    rows = ceil(len(panels) / NUM_COLUMNS)
    columns = min(NUM_COLUMNS, len(panels))
    with rc_context(STYLE):
        figure = Figure(figsize=(2.9 * columns + 0.4, 2.6 * rows + 0.5), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        for panel, (task, curves) in zip(axes, panels.items(), strict=False):
            _draw(panel, task, len(registry[task].modes), curves)
        for panel in axes[len(panels) :]:
            panel.set_visible(False)
        draw_legend_of(figure, axes[0].get_legend_handles_labels()[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(figure_bytes(figure, path.suffix.removeprefix(".")))


Curves = Mapping[str, tuple[EntropyPoint, ...]]


def _curves(
    runs: Sequence[RunLike], registry: Mapping[str, Task]
) -> dict[str, dict[str, tuple[EntropyPoint, ...]]]:
    """Returns the curves by task, in the registry's order, then by the name of the run."""
    found: dict[str, dict[str, tuple[EntropyPoint, ...]]] = {}
    tables = [EpisodeTable.of_runs([run.records]) for run in runs]
    for task in registry:
        for run, table in zip(runs, tables, strict=True):
            episodes = table.of(task, HEADLINE)
            if shows_mode(episodes).any():
                seed = run.header.submission.training_seed
                name = run.header.submission.name + ("" if seed is None else f" ({seed})")
                found.setdefault(task, {})[name] = entropy_curve(episodes, len(registry[task].modes))
    return found


def _draw(axes: Axes, task: str, num_modes: int, curves: Curves) -> None:
    labels = distinct_lines(curves, LABEL_CHARACTERS)
    for index, (name, points) in enumerate(curves.items()):
        color, at = COLORS[index % len(COLORS)], [point.num_rollouts for point in points]
        axes.plot(
            at,
            [point.entropy for point in points],
            color=color,
            label=seen(drawable(labels[name])),
            linewidth=1.6,
        )
        axes.plot(
            at,
            [point.ceiling for point in points],
            color=color,
            linestyle="--",
            linewidth=1.0,
            alpha=0.7,
            label="ceiling: uniform, same successes" if index == 0 else None,
        )
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.set_ylim(-0.03, 1.03)
    axes.set_title(f"{task}, {num_modes} modes")
    axes.set_xlabel("rollouts per context")
    axes.set_ylabel(ENTROPY.title)
    axes.grid(color="#e3e6ea", linewidth=0.8)
