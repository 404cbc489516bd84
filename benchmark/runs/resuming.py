"""Whether what is asked for goes on with the run in a folder, and what differs where it does not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ilbench.errors import RunFolderError
from ilbench.runs.folder import RunHeader, load_header
from ilbench.runs.journal_file import PACKED
from ilbench.runs.submitted import changes


def check_resumable(path: Path, header: RunHeader, files: Mapping[str, str] | None = None) -> None:
    """Checks that the run in `path` is the one that `header` describes.

    Args:
        path: The folder.
        header: What is run.
        files: What each file of the submission is, to say which of them changed.

    Raises:
        RunFolderError: It is another submission's, or of another plan, protocol, nonce or task version; or it
            was begun with other versions of packages.
    """
    found = load_header(path, header)
    if (path / PACKED).exists():
        raise RunFolderError(
            f"{path} is a bundle, to which nothing is added; choose another folder with --out"
        )
    if header.continues(found):
        return
    differing = [
        name
        for name in ("protocol", "nonce", "submission", "preset", "plan", "tasks", "width")
        if getattr(found, name) != getattr(header, name) and (name != "nonce" or header.nonce)
    ]
    if not differing:
        raise RunFolderError(
            f"{path} was begun with {'; '.join(header.drift(found))}: another version may play other "
            "episodes, and one run holds those of one; install what it was begun with, choose another folder "
            "with --out, or replace it with --overwrite; nothing was changed"
        )
    detail = ""
    if "submission" in differing:
        detail = (
            f" (found {found.submission.name!r} {found.submission.digest[:8]}, "
            f"expected {header.submission.name!r} {header.submission.digest[:8]})"
        )
        changed = changes(path, files or {})
        detail += f": {changed}" if changed else ""
    raise RunFolderError(
        f"{path} holds another run: it differs in {', '.join(differing)}{detail}; "
        "choose another folder with --out, or replace it with --overwrite; nothing was changed"
    )
