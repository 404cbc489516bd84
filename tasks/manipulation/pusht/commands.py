"""The commands of PushT: ``ilbench pusht replay``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ilbench.cli.console import say


def replay(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="What 'ilbench demos import pusht-human' takes.")
    ],
) -> None:
    """Play people's recorded actions in PushT, open loop, and compare with what was recorded."""
    from ilbench.tasks.manipulation.pusht import human

    agreements = [human.play(recording) for recording in human.read_recordings(path)]
    for number, agreement in enumerate(agreements):
        if agreement.last_block_px > human.NOTABLE_PX:
            say(f"episode {number}: the T ends {agreement.last_block_px:.2f} px from where it was")
    for sentence in human.report(agreements):
        say(sentence)
