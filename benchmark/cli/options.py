"""Options and arguments that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ilbench.contract.baseline import CHECKPOINTS
from ilbench.contract.limits import ALLOWED_MEMORY_GIB
from ilbench.contract.policy import LocalPlace, WantedSandbox

TaskName = Annotated[
    str, typer.Argument(metavar="TASK", help="Task id, or import string 'package.module:TASK'.")
]
SubmissionName = Annotated[
    str,
    typer.Argument(
        metavar="SUBMISSION",
        help="A folder with submission.toml, a file of another library such as sb3:model.zip, an import "
        "string module:Name, the name of a baseline, or remote:HOST:PORT of a policy server.",
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
FigureFile = Annotated[Path, typer.Argument(metavar="FILE", help="A .png, .pdf or .svg file.")]
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
RunTimeout = Annotated[
    float | None,
    typer.Option(
        "--run-timeout",
        min=0.1,
        help="Seconds that the whole run may take; the same command goes on with it.",
    ),
]
PolicyPlace = Annotated[
    LocalPlace | None,
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
PolicySandbox = Annotated[
    WantedSandbox,
    typer.Option(
        "--sandbox",
        help="What a policy's own process is kept in; auto is the strongest that works here, and "
        "right for a stranger's: docs/sandbox.md.",
    ),
]
Memory = Annotated[
    float,
    typer.Option("--memory", min=0.1, metavar="GIB", help="What a submission may ask for in a sandbox."),
]
TokenFile = Annotated[
    Path | None,
    typer.Option("--token-file", help="File with the token of a policy server.  [default: $ILBENCH_TOKEN]"),
]
Insecure = Annotated[
    bool, typer.Option("--insecure", help="Without TLS all the same, readable for everybody on the way.")
]
ReconnectS = Annotated[
    float,
    typer.Option("--reconnect-s", min=0, help="Seconds that a policy server is waited for when it is gone."),
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
    "ALLOWED_MEMORY_GIB",
    "CHECKPOINTS",
    "AsJson",
    "Checkpoints",
    "EpisodeTimeout",
    "Insecure",
    "LoadTimeout",
    "Memory",
    "PolicyPlace",
    "PolicyPython",
    "PolicySandbox",
    "PresentSubmission",
    "ReconnectS",
    "RunFolder",
    "RunTimeout",
    "SubmissionName",
    "Suites",
    "TaskName",
    "Tasks",
    "Timeout",
    "TokenFile",
    "TrainingSeed",
    "UndeclaredTasks",
    "Workers",
]
