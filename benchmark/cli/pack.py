"""``ilbench submission pack``: a run folder as a bundle that is handed over."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ilbench.cli.console import say
from ilbench.cli.options import RunFolder


def pack(
    run: RunFolder,
    out: Annotated[
        Path | None, typer.Option(help="The bundle's folder; one below bundles/ if not given.")
    ] = None,
    submission: Annotated[
        Path | None,
        typer.Option(help="The submission's folder, as it was played; needed where the run scored a folder."),
    ] = None,
    weights: Annotated[
        bool, typer.Option("--weights", help="Take in all files of the submission, not only text.")
    ] = False,
) -> None:
    """Pack a run into a bundle: records, code, card, and a manifest with the digest of every file.

    A bundle is a run folder: whatever reads runs reads it. The same run gives the same bytes. Files of the
    submission that are no text, such as weights, stay out unless asked for; their digests are kept.

    Example:  ilbench submission pack runs/mine-d3il-avoiding-v3-full --submission mine
    """
    from ilbench.front.bundling import pack as pack_run

    folder = pack_run(run, out=out, submission=submission, weights=weights)
    files = [path for path in folder.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    say(f"packed   {folder}: {len(files)} files, {size / 1024:.0f} KiB")
    say(f"check    ilbench leaderboard check {folder}")
