"""``ilbench verify``: whether a policy's records depend on anything but its episodes."""

from __future__ import annotations

from typing import Annotated

import typer

from ilbench.cli.console import say
from ilbench.cli.options import (
    CHECKPOINTS,
    Checkpoints,
    PolicyPython,
    PolicySandbox,
    SubmissionName,
    Suites,
    Tasks,
    TrainingSeed,
)


def verify(
    submission: SubmissionName,
    task: Tasks = None,
    suite: Suites = None,
    contexts: Annotated[int, typer.Option(min=1, help="Contexts of the test split.")] = 8,
    repeats: Annotated[
        int | None,
        typer.Option(min=1, help="Episodes on each context.  [default: as many as fill every lane]"),
    ] = None,
    training_seed: TrainingSeed = 0,
    checkpoints: Checkpoints = CHECKPOINTS,
    python: PolicyPython = None,
    sandbox: PolicySandbox = "none",
) -> None:
    """Play the same episodes under other workers and lanes, and killed half-way; compare the records.

    Each run has its digest over all records, times aside; exit code 1 if any differs. A policy whose
    rows influence each other, or that draws from a generator shared by its lanes, is found out here: at least
    as many episodes are played as there are lanes.

    Example:  ilbench verify diffusion --task d3il/avoiding-v2 --repeats 32
    """
    import ilbench

    differing = 0
    for found in ilbench.verify(
        submission,
        tasks=task or (),
        suite=suite or (),
        contexts=contexts,
        repeats=repeats,
        training_seed=training_seed,
        checkpoints=checkpoints,
        python=python,
        sandbox=sandbox,
    ):
        differing += not found.same
        shown = ", ".join(f"{setting}: {digest[:8]}" for setting, digest in found.digests.items())
        word = "same     " if found.same else "DIFFERENT"
        say(f"{word}  {found.task}, {found.num_episodes} episodes each  {shown}")
    raise SystemExit(1 if differing else 0)
