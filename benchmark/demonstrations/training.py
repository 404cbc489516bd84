"""From demonstrations to a checkpoint, with any baseline that is installed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ilbench.contract.baseline import CHECKPOINTS, find_baseline
from ilbench.contract.registry import find_task
from ilbench.contract.task import Task
from ilbench.demonstrations.load import ensure_demonstrations, load_demonstrations
from ilbench.importing import load_object


def train(
    baseline: str,
    task: Task | str,
    *,
    seed: int = 0,
    steps: int | None = None,
    demonstrations: str | None = None,
    checkpoints: str | Path | None = None,
    folder: str | Path | None = None,
    progress: Callable[[int, int, float], object] | None = None,
) -> Path:
    """Returns the folder of a finished checkpoint; a training that was stopped goes on where it was.

    Args:
        baseline: Name of a trainable baseline.
        task: A task, its id, or its import string.
        seed: Training seed: the same seed gives the same weights.
        steps: Gradient steps, instead of the baseline's own number.
        demonstrations: Name of a data set of the task; its standard ones if not given, generated if there are
            none.
        checkpoints: Where checkpoints go; ``checkpoints``, and ``checkpoints/NAME`` with a data set of that
            name, if not given.
        folder: Folder of this checkpoint alone, instead of one below `checkpoints`.
        progress: Is told steps done, steps in all and the last loss, now and then.

    Raises:
        UsageError: The baseline is not trained.
        UnknownNameError: There is no such baseline or task.
        CheckpointError: The folder holds another training.
        MissingDemonstrationsError: There is no data set of that name.

    Example::

        ilbench.train("bc-mlp", "d3il/avoiding-v3")
        ilbench.run("bc-mlp", task="d3il/avoiding-v3")
    """
    found = task if isinstance(task, Task) else find_task(task)
    method = find_baseline(baseline)
    training = method.check_trainable(found.id)
    data = (
        ensure_demonstrations(found)
        if demonstrations is None
        else load_demonstrations(found, source=demonstrations)
    )
    root = Path(checkpoints) if checkpoints else checkpoints_of(demonstrations)
    target = Path(folder) if folder else method.checkpoint(found.id, root, seed)
    load_object(training.train)(baseline, data, folder=target, seed=seed, steps=steps, progress=progress)
    return target


def checkpoints_of(demonstrations: str | None) -> Path:
    """Returns where checkpoints go that are trained on a data set of that name, or on the standard one."""
    return CHECKPOINTS if demonstrations is None else CHECKPOINTS / demonstrations
