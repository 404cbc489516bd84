"""``ilbench trajectories``: the diversity of a run's trajectories, which its records do not hold."""

from __future__ import annotations

from typing import Annotated

import typer

from ilbench.cli.console import say, say_all
from ilbench.cli.options import (
    CHECKPOINTS,
    AsJson,
    Checkpoints,
    PolicyPlace,
    PresentSubmission,
    RunFolder,
    Timeout,
)
from ilbench.cli.progress import ProgressBar


def trajectories(
    run: RunFolder,
    episodes: Annotated[int, typer.Option(min=2, help="Successes played again, at most.")] = 50,
    split: Annotated[str, typer.Option(help="Of this split.")] = "test",
    task: Annotated[
        str | None,
        typer.Option(
            help="Of this task, in a run of several; an import string where no package declares it."
        ),
    ] = None,
    submission: PresentSubmission = None,
    checkpoints: Checkpoints = CHECKPOINTS,
    place: PolicyPlace = None,
    timeout: Timeout = 60.0,
    as_json: AsJson = False,
) -> None:
    """Score how various a run's successes are as paths through the observed state, beside demonstrations.

    For tasks whose behavior has no enumerated modes. The records hold no trajectories, so episodes are played
    once more with the run's policy; one that does not end as recorded is left out and counted.

    Example:  ilbench trajectories runs/bc-mlp-robosuite-lift-v2-full-seed-0
    """
    import ilbench

    with ProgressBar("replays", episodes, "episodes") as bar:
        found = ilbench.trajectories(
            run,
            episodes=episodes,
            split=split,
            task=task,
            policy=submission,
            checkpoints=checkpoints,
            place=place,
            timeout=timeout,
            progress=bar.show_of,
        )
    scores = found.scores
    if as_json:
        import json
        from dataclasses import asdict

        content = {"task": found.task, "split": found.split, "num_differing": found.num_differing}
        say_all(json.dumps({**content, **asdict(scores)}))
        return
    size = scores.num_trajectories
    say(f"task          {found.task} {found.split}, {size} successes beside {size} demonstrations")
    if found.num_differing:
        say(f"left out      {found.num_differing} that did not end as recorded")
    say(f"Vendi score   {scores.vendi:.2f}, the demonstrations' {scores.vendi_demonstrations:.2f}")
    say(f"coverage      {100 * scores.coverage:.1f}% of the demonstrations' states are come near to")
