"""robomimic's demonstrations by people at their public address: states, of the tasks that are also ours."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ilbench.demonstrations import Download, Part, RemoteFile
from ilbench.tasks.manipulation.robosuite.tasks import STATE_TASKS

ADDRESS = "https://huggingface.co/datasets/robomimic/robomimic_datasets/resolve/main/v1.5"
FILE = "low_dim_v15.hdf5"
FOLDERS = {"Lift": "lift", "PickPlaceCan": "can", "NutAssemblySquare": "square"}
"""robomimic's folders, by the robosuite environment that our task plays as well."""

CITATION = (
    "Mandlekar et al., What Matters in Learning from Offline Human Demonstrations for Robot Manipulation, "
    "CoRL 2021, arXiv 2108.03298"
)
KINDS = {"ph": "one proficient operator", "mh": "six operators of different skill"}


def _files(folder: str, kind: str) -> Sequence[RemoteFile]:
    place = f"{folder}/{kind}/{FILE}"
    return (RemoteFile(url=f"{ADDRESS}/{place}", place=place, sha256=None),)


def _parts(kind: str) -> tuple[Part, ...]:
    return tuple(
        Part(
            task=task.id,
            format="robomimic",
            files=partial(_files, FOLDERS[task.env_options["env_name"]], kind),
            path=f"{FOLDERS[task.env_options['env_name']]}/{kind}/{FILE}",
        )
        for task in STATE_TASKS
        if task.env_options.get("env_name") in FOLDERS
    )


DOWNLOADS = tuple(
    Download(
        name=f"robomimic-{kind}",
        summary=f"robomimic's demonstrations by {who}, a data set a task.",
        parts=_parts(kind),
        license="MIT, as the data set's page says",
        citation=CITATION,
        origin="huggingface.co/datasets/robomimic/robomimic_datasets, version 1.5, without known checksums",
    )
    for kind, who in KINDS.items()
)
"""For the entry-point group ``ilbench.downloads``."""
