"""``ilbench demos download``: sets of demonstrations fetched by name, and imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ilbench.cli.console import say, wide_console
from ilbench.cli.demos import find_format, import_one, show_demonstrations
from ilbench.cli.progress import ProgressBar

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ilbench.demonstrations import Download, Part

KILOBYTE = 1_000


def download(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Which; without a name all are listed.")
    ] = None,
    task: Annotated[str | None, typer.Option(help="Only the demonstrations of this task.")] = None,
    offline: Annotated[
        bool,
        typer.Option("--offline", help="Ask no server: import what is there, or say what to put where."),
    ] = False,
    list_files: Annotated[
        bool, typer.Option("--list", help="Print checksum, place and address of every file, and do nothing.")
    ] = False,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave out files that cannot be read, and count them.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier import.")] = False,
) -> None:
    """Fetch demonstrations from their authors' public address, and import them.

    Every file has to have the SHA-256 that is declared for it. What is there already is not fetched again,
    and an interrupted download goes on where it was. The data set is the one that 'ilbench demos import'
    makes of a local copy, with the same checksum. Where none is declared, files are taken as they come, and
    their checksums are printed.

    Examples:  ilbench demos download

    ilbench demos download d3il-human --task d3il/avoiding-v3

    ilbench demos download robomimic-ph
    """
    from ilbench.demonstrations import load_downloads
    from ilbench.errors import UnknownNameError

    downloads = load_downloads()
    if name is None:
        _print_all(downloads.values())
        return
    if name not in downloads:
        raise UnknownNameError("download of demonstrations", name, downloads)
    chosen = downloads[name]
    parts = chosen.chosen(task)
    if list_files:
        _print_files(chosen, parts)
        return
    say(f"license         {chosen.license}")
    say(f"to cite         {chosen.citation}")
    for part in parts:
        _import(part, _fetched(chosen, part, offline), skip_bad, overwrite)


def _fetched(chosen: Download, part: Part, offline: bool) -> Path:
    from ilbench.demonstrations import fetch_part
    from ilbench.demonstrations.downloads import unpinned_checksums

    total = sum(file.size or 0 for file in part.files()) // KILOBYTE
    with ProgressBar(f"{chosen.name} of {part.task}", total, "kB") as bar:
        path = fetch_part(
            chosen,
            part,
            offline=offline,
            progress=lambda done, all_of_it: bar.show_of(done // KILOBYTE, all_of_it // KILOBYTE),
        )
    for place, sha256 in unpinned_checksums(chosen, part).items():
        say(f"not compared    {place}: no checksum is known of it; what came has SHA-256 {sha256}")
    return path


def _import(part: Part, path: Path, skip_bad: bool, overwrite: bool) -> None:
    from ilbench.demonstrations import find_sets
    from ilbench.demonstrations.formats import already_imported

    for found in find_sets(find_format(part.format), path, part.task):
        there = None if overwrite else already_imported(found)
        show_demonstrations(there or import_one(found, part.format, skip_bad, overwrite))


def _print_all(downloads: Iterable[Download]) -> None:
    from ilbench.plain_console import whole_table

    table = whole_table("name", "tasks", "what", "license", prose={"what": 30, "license": 20})
    for each in downloads:
        tasks = ", ".join(dict.fromkeys(part.task for part in each.parts))
        table.add_row(each.name, tasks, f"{each.summary} {each.citation}. From {each.origin}.", each.license)
    wide_console().print(table)


def _print_files(chosen: Download, parts: tuple[Part, ...]) -> None:
    from ilbench.demonstrations.downloads import downloads_folder

    folder = downloads_folder(chosen)
    for file in (file for part in parts for file in part.files()):
        say(f"{file.sha256 or 'unknown'}  {folder / file.place}  {file.url}")
