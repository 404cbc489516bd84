"""The commands ``ilbench adroit replay``, ``ilbench adroit weights`` and ``ilbench kitchen replay``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ilbench.cli.console import say

Recordings = Annotated[Path, typer.Argument(metavar="PATH", help="What 'ilbench demos import' takes.")]


def replay_kitchen(path: Recordings) -> None:
    """Play people's recorded actions in the Franka kitchen, open loop, and compare with what was recorded."""
    from ilbench.tasks.manipulation.gymnasium_robotics import kitchen_human
    from ilbench.tasks.manipulation.gymnasium_robotics.kitchen_tasks import FRANKA

    env = FRANKA.make_env()
    agreements = [kitchen_human.play(env, one) for one in kitchen_human.read_recordings(path)]
    env.close()
    for number, agreement in enumerate(agreements):
        if agreement.recorded.keys() != agreement.played.keys():
            missed = ", ".join(name for name in agreement.recorded if name not in agreement.played)
            say(f"episode {number}: not done when played: {missed}")
    for sentence in kitchen_human.report(agreements):
        say(sentence)


def replay_adroit(path: Recordings) -> None:
    """Play people's recorded actions with the Adroit hand, open loop, and compare with what was recorded."""
    from ilbench.tasks.manipulation.gymnasium_robotics import d4rl

    for found in d4rl.find_sets(path):
        say(f"{found.task.id}: {found.description}")


def weights(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="With door-v0.npz and the like.")],
) -> None:
    """Put DAPG's trained policies, the experts of Adroit, where they are looked for, after a check."""
    from ilbench.storage import write_atomically
    from ilbench.tasks.manipulation.gymnasium_robotics import adroit_expert

    names = [name for name in adroit_expert.DIGESTS if (folder / f"{name}-v0.npz").exists()]
    for name in names or list(adroit_expert.DIGESTS)[:1]:  # without any, the error says how to get them
        file = folder / f"{name}-v0.npz"
        adroit_expert.load_weights(file, name)
        place = adroit_expert.weights_folder() / file.name
        place.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(place, file.read_bytes())
        say(place)
