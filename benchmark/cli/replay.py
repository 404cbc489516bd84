"""``ilbench replay``: one episode of a run, played once more."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ilbench.cli.console import say, wide_console
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
    RunFolder,
    Timeout,
    TokenFile,
)
from ilbench.contract.policy import WantedSandbox
from ilbench.contract.policy_spec import RECONNECT_S

if TYPE_CHECKING:
    from ilbench.runner.replay import Replay


def replay(
    run: RunFolder,
    episode: Annotated[
        str,
        typer.Argument(
            metavar="EPISODE",
            help="Its number in the run's plan, from 1 (the line in the journal of a complete run), or "
            "TASK:SPLIT:CONTEXT:REPEAT as 'd3il/avoiding-v3:test:0:17'; TASK: may be left out in a run of "
            "one task.",
        ),
    ],
    video: Annotated[Path | None, typer.Option(metavar="FILE.mp4", help="Film it.")] = None,
    submission: PresentSubmission = None,
    checkpoints: Checkpoints = CHECKPOINTS,
    task: Annotated[
        str | None, typer.Option(help="Import string of the task, where no installed package declares it.")
    ] = None,
    place: PolicyPlace = None,
    python: PolicyPython = None,
    sandbox: Annotated[
        WantedSandbox | None,
        typer.Option(
            help="What the policy process is kept in.  [default: auto if the run was in a sandbox, else none]"
        ),
    ] = None,
    memory: Memory = ALLOWED_MEMORY_GIB,
    token_file: TokenFile = None,
    insecure: Insecure = False,
    reconnect_s: ReconnectS = RECONNECT_S,
    timeout: Timeout = 60.0,
) -> None:
    """Play one episode of a run again, and check that it ends as recorded.

    A record holds the digest of the actions, not the actions, so the run's policy plays once more: the
    episode's seeds follow from its name, and nothing else may matter. Exit code 0 if it ends the same
    (start, actions, success, mode, length, return, status; times are not compared), 1 if not.

    Examples:  ilbench replay runs/diffusion-d3il-avoiding-v3-full-seed-0 17

    ilbench replay results/runs/expert robosuite/lift-v2:test:3:0 --video lift.mp4

    ilbench replay runs/my-policy-d3il-avoiding-v3-full test:0:17 --submission ./my_policy
    """
    import ilbench

    outcome = ilbench.replay(
        run,
        episode,
        video=video,
        policy=submission,
        task=task,
        checkpoints=checkpoints,
        place=place,
        python=python,
        sandbox=sandbox,
        memory_gib=memory,
        token_file=token_file,
        insecure=insecure,
        reconnect=reconnect_s,
        timeout=timeout,
    )
    _show(outcome)
    if video is not None and video.exists():
        say(f"video: {video}" + (" (of the replay, not of the record)" if outcome.differences else ""))
    raise SystemExit(1 if outcome.differences else 0)


def _show(outcome: Replay) -> None:
    from ilbench.plain_console import styled, whole_table
    from ilbench.runner.replay import episode_name

    old, new = outcome.recorded.content(times=False), outcome.replayed.content(times=False)
    table = whole_table("", "recorded", "replayed", "")
    for name in (n for n in old if n not in outcome.recorded.id._fields):
        same = name not in outcome.differences
        table.add_row(name, str(old[name]), str(new.get(name)), "" if same else styled("differs", "red"))
    console = wide_console()
    console.print(episode_name(outcome.recorded.id), style="bold", highlight=False)
    console.print(table)
    if outcome.differences:
        console.print(
            styled("the replay differs", "red"), f"from the record in {', '.join(outcome.differences)}"
        )
    else:
        console.print(styled("the replay ends as recorded", "green"))
