"""``ilbench verify``: whether records depend on anything but their episodes; whether a run is true."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ilbench.cli.console import say
from ilbench.cli.options import (
    ALLOWED_MEMORY_GIB,
    CHECKPOINTS,
    Checkpoints,
    Insecure,
    Memory,
    PolicyPlace,
    PolicyPython,
    PresentSubmission,
    ReconnectS,
    Suites,
    Tasks,
    Timeout,
    TokenFile,
    TrainingSeed,
    Workers,
)
from ilbench.contract.policy import WantedSandbox
from ilbench.contract.policy_spec import RECONNECT_S
from ilbench.errors import UsageError


def verify(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="SUBMISSION|RUN",
            help="A submission (a folder with submission.toml, an import string, the name of a baseline), or "
            "a run folder.",
        ),
    ],
    task: Tasks = None,
    suite: Suites = None,
    contexts: Annotated[int, typer.Option(min=1, help="Of a submission: contexts of the test split.")] = 8,
    repeats: Annotated[
        int | None,
        typer.Option(
            min=1, help="Of a submission: episodes on each context.  [default: as many as fill every lane]"
        ),
    ] = None,
    training_seed: TrainingSeed = 0,
    checkpoints: Checkpoints = CHECKPOINTS,
    python: PolicyPython = None,
    submission: PresentSubmission = None,
    replays: Annotated[int, typer.Option(min=0, help="Of a run: episodes that are played again.")] = 20,
    everything: Annotated[bool, typer.Option("--all", help="Of a run: every episode is.")] = False,
    fresh: Annotated[
        int, typer.Option(min=0, help="Of a run: contexts of each task that nobody has seen.")
    ] = 0,
    seed: Annotated[
        str | None,
        typer.Option(
            help="Of a run: the verifier's secret; it draws episodes and contexts.  [default: drawn]"
        ),
    ] = None,
    attest: Annotated[
        str, typer.Option(metavar="NAME", help="Of a run: keep the finding beside it, under this name.")
    ] = "",
    key: Annotated[
        Path | None, typer.Option(help="Of a run: private SSH key that signs the finding.")
    ] = None,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Of a run: write the seed into the finding.")
    ] = False,
    workers: Workers = None,
    place: PolicyPlace = None,
    sandbox: Annotated[
        WantedSandbox | None,
        typer.Option(
            help="What a folder's policy process is kept in.  [default: auto of a run, none of a submission]"
        ),
    ] = None,
    memory: Memory = ALLOWED_MEMORY_GIB,
    token_file: TokenFile = None,
    insecure: Insecure = False,
    reconnect_s: ReconnectS = RECONNECT_S,
    timeout: Timeout = 60.0,
) -> None:
    """Play a submission under other workers and lanes, or somebody's run again; compare the records.

    Of a SUBMISSION the same episodes are played with 1 and 2 workers, 1 and all lanes, and killed half-way. A
    policy whose rows influence each other, or that draws from a generator shared by its lanes, is found out.

    Of a RUN every record is looked through, episodes that the seed draws are played again and must agree in
    every field but times, and with --fresh the policy plays contexts that no split has: does it succeed there
    as often as on the published ones? Exit code 1 where anything differs.

    Example:  ilbench verify diffusion --task d3il/avoiding-v3 --repeats 32

    ilbench verify runs/theirs --submission ./theirs --replays 50 --fresh 100 --attest "Jane Doe"
    """
    from ilbench.runs.folder import HEADER

    access: Any = {"token_file": token_file, "insecure": insecure, "reconnect": reconnect_s}
    if not (Path(subject) / HEADER).is_file():
        if everything or fresh or attest or seed or submission:
            raise UsageError(
                f"{subject} is no run folder; --all, --fresh, --seed, --attest and --submission are about one"
            )
        _verify_submission(
            subject,
            tasks=task or (),
            suite=suite or (),
            contexts=contexts,
            repeats=repeats,
            training_seed=training_seed,
            checkpoints=checkpoints,
            python=python,
            sandbox=sandbox,
            **access,
        )
        return
    from ilbench.cli.verify_run import verify_run

    verify_run(
        Path(subject),
        replays="all" if everything else replays,
        fresh=fresh,
        seed=seed,
        tasks=task or (),
        workers=workers,
        timeout=timeout,
        verifier=attest,
        key=key,
        reveal=reveal,
        policy=submission,
        checkpoints=checkpoints,
        place=place,
        python=python,
        sandbox=sandbox,
        memory_gib=memory,
        **access,
    )


def _verify_submission(submission: str, **how: Any) -> None:
    import ilbench

    differing = 0
    for found in ilbench.verify(submission, **how):
        differing += not found.same
        shown = ", ".join(f"{setting}: {digest[:8]}" for setting, digest in found.digests.items())
        word = "same     " if found.same else "DIFFERENT"
        say(f"{word}  {found.task}, {found.num_episodes} episodes each  {shown}")
    raise SystemExit(1 if differing else 0)
