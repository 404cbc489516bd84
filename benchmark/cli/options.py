"""Options and arguments that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ilbench.contract.baseline import CHECKPOINTS
from ilbench.contract.policy import Place

TaskName = Annotated[
    str, typer.Argument(metavar="TASK", help="Task id, or import string 'package.module:TASK'.")
]
SubmissionName = Annotated[
    str,
    typer.Argument(
        metavar="SUBMISSION",
        help="A folder with submission.toml, a file of another library such as sb3:model.zip, an import "
        "string module:Name, or the name of a baseline.",
    ),
]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")]
Tasks = Annotated[list[str] | None, typer.Option("--task", help="Task id; give it again for more.")]
UndeclaredTasks = Annotated[
    list[str] | None,
    typer.Option(
        "--task",
        help="Import string of a task that no installed package declares and no run carries; give it again "
        "for more.",
    ),
]
Suites = Annotated[list[str] | None, typer.Option("--suite", help="Every task of a suite.")]
Checkpoints = Annotated[
    Path, typer.Option("--checkpoints", help="Where 'ilbench train' left a baseline's checkpoints.")
]
TrainingSeed = Annotated[int, typer.Option("--training-seed", help="Which training of a baseline.")]
Timeout = Annotated[
    float, typer.Option("--timeout", min=0.1, help="Seconds that one call of the policy may take.")
]
LoadTimeout = Annotated[
    float, typer.Option("--load-timeout", min=0.1, help="Seconds that the policy may take to load.")
]
EpisodeTimeout = Annotated[
    float,
    typer.Option(
        "--episode-timeout",
        min=0.1,
        help="Seconds that the policy may take for one episode, all calls together.",
    ),
]
PolicyPlace = Annotated[
    Place | None,
    typer.Option(
        "--place", help="Where the policy runs; a folder's in a process of its own, others in the workers."
    ),
]
PolicyPython = Annotated[
    Path | None,
    typer.Option(
        "--python",
        help="The interpreter that has the library of a file such as sb3:model.zip.  [default: this one]",
    ),
]
PresentSubmission = Annotated[
    str | None,
    typer.Option(
        "--submission",
        help="Where the policy is now, as for 'ilbench run'; needed where the run scored a folder.",
    ),
]
Workers = Annotated[
    int | None, typer.Option("--workers", min=1, help="Number of worker processes  [default: one per core]")
]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]

__all__ = [
    "CHECKPOINTS",
    "AsJson",
    "Checkpoints",
    "EpisodeTimeout",
    "LoadTimeout",
    "PolicyPlace",
    "PolicyPython",
    "PresentSubmission",
    "RunFolder",
    "SubmissionName",
    "Suites",
    "TaskName",
    "Tasks",
    "Timeout",
    "TrainingSeed",
    "UndeclaredTasks",
    "Workers",
]
