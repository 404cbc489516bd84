"""People's demonstrations of the Franka kitchen and of the Adroit hand at their authors' addresses."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ilbench.demonstrations import Download, Part, RemoteFile
from ilbench.tasks.manipulation.gymnasium_robotics import adroit_tasks
from ilbench.tasks.manipulation.gymnasium_robotics.kitchen_tasks import FRANKA

MINARI = "https://huggingface.co/datasets/farama-minari/D4RL/resolve/main"
KITCHEN_FILE = "kitchen/complete-v2/data/main_data.hdf5"
"""Minari's own remote, by which ``minari download D4RL/kitchen/complete-v2`` gets the same file."""

DAPG = "https://raw.githubusercontent.com/aravindr93/hand_dapg"
DOOR_COMMIT = "5196237885ebf0257f9bbb80f26281bbb73292b9"
DOOR_SHA256 = "d6ec9a090261f901e5c9bf10082799e30c8d34c3f28aef4026e492a1aefc96c3"
DOOR_BYTES = 3_682_022


def _kitchen() -> Sequence[RemoteFile]:
    return (RemoteFile(url=f"{MINARI}/{KITCHEN_FILE}", place=KITCHEN_FILE, sha256=None),)


def _hand(name: str) -> Sequence[RemoteFile]:
    """Returns DAPG's file of a task. The door's was looked at; the others are taken from the main branch."""
    file = f"{name}-v0_demos.pickle"
    if name == "door":
        url = f"{DAPG}/{DOOR_COMMIT}/dapg/demonstrations/{file}"
        return (RemoteFile(url=url, place=file, sha256=DOOR_SHA256, size=DOOR_BYTES),)
    return (RemoteFile(url=f"{DAPG}/master/dapg/demonstrations/{file}", place=file, sha256=None),)


def _hand_part(task_id: str) -> Part:
    name = task_id.partition("/")[2].removesuffix("-v1")
    return Part(task=task_id, format="d4rl", files=partial(_hand, name), path=f"{name}-v0_demos.pickle")


DOWNLOADS = (
    Download(
        name="kitchen-human",
        summary="D4RL's 19 demonstrations of the Franka kitchen by people, the complete set.",
        parts=(Part(task=FRANKA.id, format="kitchen-human", files=_kitchen, path=KITCHEN_FILE),),
        license="CC BY 4.0 (D4RL)",
        citation="Gupta et al., Relay Policy Learning, CoRL 2019, arXiv 1910.11956; Fu et al., D4RL, 2020, "
        "arXiv 2004.07219",
        origin="huggingface.co/datasets/farama-minari/D4RL, kitchen/complete-v2; checksum not known here",
    ),
    Download(
        name="adroit-human",
        summary="DAPG's 25 demonstrations by people of each of the Adroit hand's four tasks.",
        parts=tuple(_hand_part(task.id) for task in adroit_tasks.TASKS),
        license="Apache-2.0",
        citation="Rajeswaran et al., Learning Complex Dexterous Manipulation with Deep Reinforcement "
        "Learning and Demonstrations, RSS 2018, arXiv 1709.10087",
        origin="github.com/aravindr93/hand_dapg; the door's file at commit 5196237, the checksums of the "
        "others are not known here",
    ),
)
"""For the entry-point group ``ilbench.downloads``."""
