"""D3IL's demonstrations by people at their public addresses, file by file.

The authors' own archive is one file on Google Drive, for which no checksum is published. Two public copies of
their repository hold the files of two tasks one by one, at a commit: these are fetched. The list of names,
lengths and checksums, ``data/human/files.json``, was made from such files.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from ilbench.demonstrations import Download, Part, RemoteFile
from ilbench.tasks.d3il import TASKS

FILES = Path(__file__).parent / "data" / "human" / "files.json"

SOURCES = {
    "avoiding": (
        "https://raw.githubusercontent.com/allenzren/d3il/f2d4496702163352176903eb5cc9349275355b44/data/avoiding/data",
        "avoiding/data",
    ),
    "inserting": (
        "https://raw.githubusercontent.com/Servo97/d3il/258f54f7ba1ca88e3b9e8dbe82eb8748e9f00b3d/environments/dataset/data/inserting/all_data",
        "inserting/all_data",
    ),
}
"""For each task, where its files are, and below which folder they are put."""


def _files(name: str) -> Sequence[RemoteFile]:
    address, folder = SOURCES[name]
    return tuple(
        RemoteFile(url=f"{address}/{file}", place=f"{folder}/{file}", size=size, sha256=sha256)
        for file, size, sha256 in json.loads(FILES.read_text())[name]
    )


def _part(name: str) -> Part:
    task = next(task.id for task in TASKS if task.id.startswith(f"d3il/{name}-v"))
    return Part(task=task, format="d3il", files=partial(_files, name), path=name)


DOWNLOADS = (
    Download(
        name="d3il-human",
        summary="People's demonstrations of D3IL: 96 of Avoiding (2.5 MB), 800 of Inserting (655 MB).",
        parts=tuple(_part(name) for name in SOURCES),
        license="MIT, of the authors' repository (2024, Autonomous Learning Robots Lab, KIT); the data state "
        "none of their own",
        citation="Jia et al., Towards Diverse Behaviors: A Benchmark for Imitation Learning with Human "
        "Demonstrations, ICLR 2024, arXiv 2402.14606",
        origin="github.com/allenzren/d3il at commit f2d4496 (Avoiding), github.com/Servo97/d3il at commit "
        "258f54f (Inserting)",
    ),
)
"""For the entry-point group ``ilbench.downloads``."""
