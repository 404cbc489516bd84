"""The loss curve of a training, as numbers and as a picture."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ilbench.storage import write_atomically

CSV = "loss.csv"
PICTURE = "loss.png"


class LossPoint(NamedTuple):
    """One point of the curve.

    Attributes:
        step: Optimizer steps taken.
        training_loss: Mean over the steps since the point before, of the weights as they moved.
        validation_loss: Of the moving average on the demonstrations kept out; None if there are none.
        learning_rate: Of the last step.
    """

    step: int
    training_loss: float
    validation_loss: float | None
    learning_rate: float


def write_curve(folder: Path, curve: Sequence[LossPoint]) -> None:
    """Writes ``loss.csv``; an absent validation loss is an empty cell."""
    rows = [",".join(LossPoint._fields)]
    rows += [",".join("" if value is None else repr(value) for value in point) for point in curve]
    write_atomically(folder / CSV, ("\n".join(rows) + "\n").encode())


def draw_curve(folder: Path, curve: Sequence[LossPoint], title: str) -> None:
    """Writes ``loss.png``."""
    from matplotlib.figure import Figure  # no pyplot: nothing global, no display needed

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.add_subplot(title=title, xlabel="optimizer steps", ylabel="loss")
    steps = [point.step for point in curve]
    axes.plot(steps, [point.training_loss for point in curve], label="training")
    held_out = [(point.step, point.validation_loss) for point in curve if point.validation_loss is not None]
    if held_out:
        axes.plot(*zip(*held_out, strict=True), label="validation (moving average)")
    if min(point.training_loss for point in curve) > 0:
        axes.set_yscale("log")
    axes.legend()
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=120)
    write_atomically(folder / PICTURE, picture.getvalue())
