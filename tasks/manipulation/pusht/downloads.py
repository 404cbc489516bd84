"""People's demonstrations of PushT at their authors' address."""

from __future__ import annotations

from collections.abc import Sequence

from ilbench.demonstrations import Download, Part, RemoteFile

FILE = "pusht.zip"
ADDRESS = f"https://diffusion-policy.cs.columbia.edu/data/training/{FILE}"


def _files() -> Sequence[RemoteFile]:
    return (RemoteFile(url=ADDRESS, place=FILE, sha256=None),)


DOWNLOADS = (
    Download(
        name="pusht-human",
        summary="Diffusion Policy's 206 demonstrations of PushT by people.",
        parts=(Part(task="pusht/pusht-v1", format="pusht-human", files=_files, path=FILE),),
        license="MIT (repository; © 2023 Columbia Artificial Intelligence and Robotics Lab)",
        citation="Chi et al., Diffusion Policy: Visuomotor Policy Learning via Action Diffusion, RSS 2023, "
        "arXiv 2303.04137",
        origin="diffusion-policy.cs.columbia.edu, images included; checksum not known here",
    ),
)
"""For the entry-point group ``ilbench.downloads``."""
