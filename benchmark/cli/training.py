"""``ilbench train``: from demonstrations to checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Unpack

import typer

from ilbench.cli.catalog import TaskName
from ilbench.cli.progress import ProgressBar

if TYPE_CHECKING:
    from ilbench.contract.task import Task
    from ilbench.demonstrations import Demonstrations, Dials

CHECKPOINTS = Path("checkpoints")
Workers = Annotated[int | None, typer.Option(help="Processes; one a core if not given.")]


def obtain(
    task: Task, *, workers: int | None = None, overwrite: bool = False, **dials: Unpack[Dials]
) -> Demonstrations:
    """Returns demonstrations, generated with a progress bar if the cache has none."""
    from ilbench.demonstrations import ensure_demonstrations, make_recipe

    recipe = make_recipe(task, **dials)
    total, unit = recipe.transitions or recipe.count, "steps" if recipe.transitions else "demonstrations"
    with ProgressBar(f"demonstrations of {task.id}", total, unit) as bar:
        return ensure_demonstrations(
            task, workers=workers, overwrite=overwrite, progress=lambda done, _: bar.show(done), **dials
        )


def train(
    baseline: Annotated[
        str,
        typer.Argument(
            metavar="BASELINE", help="A trainable baseline: bc-mlp, gcbc, diffusion, procedure-cloning."
        ),
    ],
    task: TaskName,
    seed: Annotated[int, typer.Option(help="Training seed: the same seed gives the same weights.")] = 0,
    steps: Annotated[
        int | None, typer.Option(help="Gradient steps; the baseline's default if not given.")
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
        Path | None, typer.Option(help="Folder; checkpoints/BASELINE/TASK/seed-N if not given.")
    ] = None,
) -> None:
    """Train a baseline on a task's demonstrations; a stopped training goes on where it was.

    Examples:  ilbench train diffusion d3il/avoiding-v2 --seed 1

    ilbench train bc-mlp d3il/avoiding-v2 --demonstrations d3il-human-v1; its checkpoint is then run with
    ilbench run bc-mlp --task d3il/avoiding-v2 --checkpoints checkpoints/d3il-human-v1
    """
    import dataclasses

    from ilbench.baselines import find_baseline
    from ilbench.contract.registry import find_task
    from ilbench.demonstrations import load_demonstrations
    from ilbench.errors import ILBenchError

    if not find_baseline(baseline).trainable:
        raise ILBenchError(
            f"the baseline {baseline!r} is not trained; run it: ilbench run {baseline} --task {task}"
        )
    found = find_task(task)
    data = obtain(found) if demonstrations is None else load_demonstrations(found, source=demonstrations)
    from ilbench.baselines.checkpoint import default_config, load_metadata
    from ilbench.baselines.trainer import train as train_baseline

    config = default_config(baseline, found.description())
    if steps is not None:
        config = dataclasses.replace(config, steps=steps)
    root = CHECKPOINTS if demonstrations is None else CHECKPOINTS / demonstrations
    folder = out or checkpoint_folder(baseline, found.id, seed, root)
    with ProgressBar(f"{baseline} on {found.id}", config.steps, "steps") as bar:
        try:
            train_baseline(
                baseline,
                data,
                folder=folder,
                config=config,
                seed=seed,
                progress=lambda done, _, loss: bar.show(done, f"loss {loss:.4f}"),
            )
        except KeyboardInterrupt:
            print(f"\nstopped; the same command goes on from the last checkpoint in {folder}")
            raise SystemExit(130) from None
    print(f"checkpoint  {folder}")
    print(f"weights     {load_metadata(folder).weights_digest}")
    print(f"loss curve  {folder / 'loss.png'}")
    if demonstrations is not None and out is None:
        print(f"score it    ilbench run {baseline} --task {task} --checkpoints {root} --training-seed {seed}")


def checkpoint_folder(baseline: str, task_id: str, seed: int, root: Path = CHECKPOINTS) -> Path:
    """Returns the folder of a baseline's checkpoint."""
    return root / baseline / task_id / f"seed-{seed}"
