"""``ilbench demos`` and ``ilbench train``: from experts to demonstrations to checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ilbench.cli.catalog import TaskName
from ilbench.cli.progress import ProgressBar

if TYPE_CHECKING:
    from ilbench.demonstrations import Demonstrations
    from ilbench.task import Task

CHECKPOINTS = Path("checkpoints")
Workers = Annotated[int | None, typer.Option(help="Processes; one a core if not given.")]


def demos(
    task: TaskName,
    count: Annotated[
        int | None, typer.Option(help="How many; the task's standard number if not given.")
    ] = None,
    modes: Annotated[
        str | None,
        typer.Option(help="Only these behavior modes, by index: 0,3,5. All, balanced, if not given."),
    ] = None,
    noise: Annotated[
        float | None, typer.Option(help="Strength of the noise injected while recording.")
    ] = None,
    workers: Workers = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Generate anew and replace the cache.")
    ] = False,
) -> None:
    """Generate a task's demonstrations, or find them in the cache.

    They are a Minari dataset, made by the task's expert from its train contexts; the same command
    gives the same checksum anywhere with the same packages. In Python:
    ilbench.load_demonstrations("d3il/avoiding-v2").

    Example:  ilbench demos d3il/avoiding-v2
    """
    from ilbench.registry import find_task

    chosen = None if modes is None else _indices(modes)
    found = find_task(task)
    demonstrations = obtain(
        found, count=count, modes=chosen, noise=noise, workers=workers, overwrite=overwrite
    )
    print(f"task            {found.id}")
    print(f"demonstrations  {len(demonstrations)} with {demonstrations.num_steps} steps")
    if found.modes:
        counts = demonstrations.mode_counts
        print(
            f"modes           {len(counts)} of {len(found.modes)}, {min(counts.values())} to "
            f"{max(counts.values())} of each"
        )
    standard = found.demonstrations_checksum()
    verdict = ""
    if count is None and modes is None and noise is None and standard is not None:
        verdict = (
            " (as published)" if demonstrations.checksum == standard else " (differs from the published one)"
        )
    print(f"checksum        {demonstrations.checksum}{verdict}")
    print(f"minari folder   {demonstrations.folder}")


def obtain(
    task: Task,
    *,
    count: int | None = None,
    modes: list[int] | None = None,
    noise: float | None = None,
    workers: int | None = None,
    overwrite: bool = False,
) -> Demonstrations:
    """Returns demonstrations, generated with a progress bar if the cache has none."""
    from ilbench.demonstrations import ensure_demonstrations, make_recipe

    total = make_recipe(task, count=count, modes=modes, noise=noise).count
    with ProgressBar(f"demonstrations of {task.id}", total, "demonstrations") as bar:
        return ensure_demonstrations(
            task,
            count=count,
            modes=modes,
            noise=noise,
            workers=workers,
            overwrite=overwrite,
            progress=lambda done, _: bar.show(done),
        )


def train(
    baseline: Annotated[
        str, typer.Argument(metavar="BASELINE", help="A trainable baseline: bc-mlp, diffusion.")
    ],
    task: TaskName,
    seed: Annotated[int, typer.Option(help="Training seed: the same seed gives the same weights.")] = 0,
    steps: Annotated[
        int | None, typer.Option(help="Gradient steps; the baseline's default if not given.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder; checkpoints/BASELINE/TASK/seed-N if not given.")
    ] = None,
) -> None:
    """Train a baseline on a task's demonstrations; a stopped training goes on where it was.

    Example:  ilbench train diffusion d3il/avoiding-v2 --seed 1
    """
    import dataclasses

    from ilbench.baselines import find_baseline
    from ilbench.errors import ILBenchError
    from ilbench.registry import find_task

    if not find_baseline(baseline).trainable:
        raise ILBenchError(
            f"the baseline {baseline!r} is not trained; run it: ilbench run {baseline} --task {task}"
        )
    found = find_task(task)
    demonstrations = obtain(found)
    from ilbench.baselines.checkpoint import default_config, load_metadata
    from ilbench.baselines.trainer import train as train_baseline

    config = default_config(baseline, found.description())
    if steps is not None:
        config = dataclasses.replace(config, steps=steps)
    folder = out or checkpoint_folder(baseline, found.id, seed)
    with ProgressBar(f"{baseline} on {found.id}", config.steps, "steps") as bar:
        try:
            train_baseline(
                baseline,
                demonstrations,
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


def checkpoint_folder(baseline: str, task_id: str, seed: int, root: Path = CHECKPOINTS) -> Path:
    """Returns the folder of a baseline's checkpoint."""
    return root / baseline / task_id / f"seed-{seed}"


def _indices(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise typer.BadParameter(
            f"expected indices with commas between, such as 0,3,5; found {text!r}"
        ) from None
