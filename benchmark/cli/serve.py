"""``ilbench serve``: a policy for runs on other machines."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated

import typer

from ilbench.cli.console import say
from ilbench.cli.options import (
    CHECKPOINTS,
    Checkpoints,
    Insecure,
    SubmissionName,
    Tasks,
    TokenFile,
    TrainingSeed,
)
from ilbench.errors import UsageError


def serve(
    submission: SubmissionName,
    listen: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Port 0 for any that is free.")
    ] = "127.0.0.1:0",
    wire: Annotated[
        str, typer.Option(help="ilbench, or openpi: then clients of openpi drive the policy, on one task.")
    ] = "ilbench",
    task: Tasks = None,
    token_file: TokenFile = None,
    tls_cert: Annotated[Path | None, typer.Option("--tls-cert", help="Certificate, for TLS.")] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", help="Its private key.")] = None,
    connections: Annotated[
        int, typer.Option(min=1, help="Workers at a time; each has a policy in a process of its own.")
    ] = 1,
    insecure: Insecure = False,
    training_seed: TrainingSeed = 0,
    checkpoints: Checkpoints = CHECKPOINTS,
) -> None:
    """Serve a policy to runs on other machines, until Ctrl-C.

    A run plays it by its address: ilbench run remote:HOST:PORT --task TASK. Its records are those of the same
    policy at home: seeds travel with the episodes, and the submission's digest goes into the run's header. A
    connection that breaks costs nothing: the run waits, and plays again what was going on.

    Example:  ilbench serve ./my_submission --listen 127.0.0.1:7000
    """
    from ilbench.front import serving

    if (tls_cert is None) != (tls_key is None):
        raise UsageError("TLS needs both files: --tls-cert CERTIFICATE --tls-key KEY")
    certificate = None if tls_cert is None or tls_key is None else (tls_cert, tls_key)
    with serving.serve(
        submission,
        listen,
        wire=wire,
        tasks=task or (),
        token_file=token_file,
        certificate=certificate,
        connections=connections,
        insecure=insecure,
        training_seed=training_seed,
        checkpoints=checkpoints,
    ) as server:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: server.stop())
        say(f"serving {submission} at {server.address}")
        if wire == "ilbench":
            say(f"a run plays it as remote:{server.address}")
        server.serve()
