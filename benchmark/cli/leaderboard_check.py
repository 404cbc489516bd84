"""``ilbench leaderboard check``: every problem of bundles, before they stand on a board."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ilbench.cli.console import say, say_all

if TYPE_CHECKING:
    from ilbench.leaderboard.checking.check import BundleCheck


def check(
    bundles: Annotated[
        list[Path], typer.Argument(metavar="BUNDLE...", help="Folders that 'ilbench submission pack' made.")
    ],
    board: Annotated[
        str | None, typer.Option(help="The declared board that they are for; any if not given.")
    ] = None,
    among: Annotated[
        list[Path] | None,
        typer.Option(
            help="Runs that stand on the board, or folders of such; give it again for more. Names, starts "
            "and places are compared with theirs."
        ),
    ] = None,
    output_format: Annotated[
        Literal["text", "markdown", "json"],
        typer.Option("--format", help="markdown: the comment on a pull request, with the row."),
    ] = "text",
    out: Annotated[Path | None, typer.Option(help="Write to this file instead of the terminal.")] = None,
) -> None:
    """Check bundles: files, header, every record, scores; all problems in one go. Exit code 1 if any.

    Nothing of a submission is executed: what a bundle proves by itself is that its records are whole and in
    agreement, not that its policy made them. For that play them again: ilbench verify.

    Examples:  ilbench leaderboard check bundles/mine

    ilbench leaderboard check bundles/mine --board d3il --among results --format markdown
    """
    from ilbench.front.bundling import check_bundles
    from ilbench.leaderboard.checking.comment import comment

    checks, before, after = check_bundles(bundles, board=board, among=among or ())
    if output_format == "markdown":
        text = comment(checks, before, after)
    elif output_format == "json":
        text = json.dumps([_content(one) for one in checks], indent=1) + "\n"
    else:
        text = "".join(f"{line}\n" for one in checks for line in _lines(one))
    if out is None:
        say_all(text)
    else:
        out.write_text(text, encoding="utf-8")
        say(f"wrote {out}")
    raise SystemExit(0 if all(one.is_sound for one in checks) else 1)


def _lines(one: BundleCheck) -> list[str]:
    """Returns a verdict and a line a problem."""
    number = len(one.problems)
    records = "" if one.run is None else f", {len(one.run.records)} records"
    verdict = "sound" if one.is_sound else f"{number} problem{'s' * (number != 1)}"
    return [f"{one.path}: {verdict}{records}", *(f"  {problem}" for problem in one.problems)]


def _content(one: BundleCheck) -> dict[str, object]:
    return {"bundle": str(one.path), "is_sound": one.is_sound, "problems": [asdict(p) for p in one.problems]}
