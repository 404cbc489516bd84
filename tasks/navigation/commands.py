"""The commands of the navigation suite: ``ilbench ogbench record``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ilbench.cli.console import say


def record(
    maze: Annotated[str, typer.Argument(metavar="MAZE", help="Of the point mazes: medium, large, teleport.")],
    kind: Annotated[str, typer.Argument(metavar="KIND", help="navigate or stitch.")],
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the .npz file goes.")],
    trajectories: Annotated[
        int | None, typer.Option(min=1, help="How many; OGBench's number if not given.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same data.")] = 0,
) -> None:
    """Record data by OGBench's recipe in a point maze, in the layout of its files.

    Example:  ilbench ogbench record medium navigate data; then
    ilbench demos import ogbench data/pointmaze-medium-navigate-v0.npz
    """
    import numpy as np

    from ilbench.cli.progress import ProgressBar
    from ilbench.errors import UnknownNameError
    from ilbench.tasks.navigation import ogbench_data
    from ilbench.tasks.navigation.ogbench_mazes import MAPS

    for what, name, known in (("maze", maze, MAPS), ("kind of data", kind, ogbench_data.SIZES)):
        if name not in known:
            raise UnknownNameError(what, name, known)
    size = ogbench_data.SIZES[kind]
    if trajectories is not None:
        size = size._replace(num_trajectories=trajectories)
    with ProgressBar(f"{kind} in {maze}", size.num_trajectories, "trajectories") as bar:
        arrays = ogbench_data.record(maze, kind, size, seed, progress=lambda done, _: bar.show(done))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"pointmaze-{maze}-{kind}-v0.npz"
    np.savez_compressed(path, **arrays)
    say(path)
