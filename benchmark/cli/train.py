"""``ilbench train``: from demonstrations to checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ilbench.cli.console import say
from ilbench.cli.options import TaskName
from ilbench.cli.progress import ProgressBar, obtain


def train(
    baseline: Annotated[
        str,
        typer.Argument(metavar="BASELINE", help="A trainable baseline; a name that is none lists them."),
    ],
    task: TaskName,
    seed: Annotated[int, typer.Option(help="Training seed: the same seed gives the same weights.")] = 0,
    steps: Annotated[
        int | None, typer.Option(help="Gradient steps.  [default: the baseline's number for the task]")
    ] = None,
    demonstrations: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="A data set of the task by its name, imported (d3il-human-v1) or generated with other dials "
            "(ilbench demos prints its name); the checkpoint then goes below checkpoints/NAME.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder.  [default: checkpoints/BASELINE/TASK/seed-N]")
    ] = None,
) -> None:
    """Train a baseline on a task's demonstrations; a stopped training goes on where it was.

    Examples:  ilbench train diffusion d3il/avoiding-v3 --seed 1

    ilbench train bc-mlp d3il/avoiding-v3 --demonstrations d3il-human-v1; its checkpoint is then run with
    ilbench run bc-mlp --task d3il/avoiding-v3 --checkpoints checkpoints/d3il-human-v1
    """
    import ilbench
    from ilbench.contract.baseline import find_baseline
    from ilbench.demonstrations.training import checkpoints_of

    found, method = ilbench.task(task), find_baseline(baseline)
    training, root = method.check_trainable(found.id), checkpoints_of(demonstrations)
    folder = out or method.checkpoint(found.id, root, seed)
    if demonstrations is None:
        obtain(found)
    with ProgressBar(f"{baseline} on {found.id}", steps or 0, "steps") as bar:
        try:
            ilbench.train(
                baseline,
                found,
                seed=seed,
                steps=steps,
                demonstrations=demonstrations,
                folder=folder,
                progress=lambda done, total, loss: bar.show_of(done, total, f"loss {loss:.4f}"),
            )
        except KeyboardInterrupt:
            say()
            say(f"stopped; the same command goes on from the last checkpoint in {folder}")
            raise SystemExit(130) from None
    say(f"checkpoint  {folder}")
    say(f"weights     {training.described(folder).weights}")
    if (curve := folder / "loss.png").is_file():
        say(f"loss curve  {curve}")
    if demonstrations is not None and out is None:
        say(f"score it    ilbench run {baseline} --task {task} --checkpoints {root} --training-seed {seed}")
