"""The comment on a bundle, as Markdown: its row as it would stand on the board, its level, its problems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ilbench.leaderboard.board import Leaderboard
from ilbench.leaderboard.checking.check import BundleCheck
from ilbench.leaderboard.escape import escape_markdown, escape_paragraph
from ilbench.leaderboard.evidence import SIGNS
from ilbench.leaderboard.first_table import first_table, row_groups
from ilbench.leaderboard.row import Row
from ilbench.leaderboard.sayings import SAYINGS
from ilbench.leaderboard.tables import summary_table
from ilbench.leaderboard.to_markdown import table_text

NEIGHBORS = 2
"""Rows above and below that are shown."""


def comment(checks: Sequence[BundleCheck], before: Leaderboard | None, after: Leaderboard | None) -> str:
    """Returns the comment on some bundles, with the board without them and with them.

    Args:
        checks: What was found.
        before: The board without them; None where there is none.
        after: The board with those that can be read; None where there is none.
    """
    parts = [part for check in checks for part in _of_bundle(check, before, after)]
    return "\n\n".join(parts) + "\n"


def _of_bundle(check: BundleCheck, before: Leaderboard | None, after: Leaderboard | None) -> Iterator[str]:
    verdict = "sound" if check.is_sound else _count(len(check.problems))
    yield f"## {escape_markdown(check.path.name)}: {verdict}"
    row = None if after is None else find_row(after, check)
    if after is not None and row is not None:
        yield _place_text(row, before)
        group = next((rows, title) for title, rows in row_groups(after) if row in rows)
        near = _neighbors(row, group[0])
        make = first_table if _has_means(near) else summary_table
        yield table_text(make(after, near, group[1]))
        yield "\n".join(_facts(row))
    elif check.run is None:
        yield "There is no row to show: the run cannot be read."
    if check.problems:
        lines = (f"- {escape_paragraph(str(one))}" for one in check.problems)
        yield "### Problems\n\n" + "\n".join(lines)


def find_row(board: Leaderboard, check: BundleCheck) -> Row | None:
    """Returns the row that a bundle's run is part of."""
    if check.run is None:
        return None
    sub = check.run.header.submission
    found = [row for row in board.rows if row.name == sub.name and sub.digest in row.digests]
    return found[0] if found else None


def _count(number: int) -> str:
    return f"{number} problem{'s' * (number > 1)}"


def _place_text(row: Row, before: Leaderboard | None) -> str:
    old = [one for one in before.rows if (one.name, one.kind) == (row.name, row.kind)] if before else []
    was = next((f"rank {one.rank}" for one in old if one.rank), "unranked" if old else "not on the board")
    reason = f" ({escape_markdown(row.unranked_reason)})" if row.unranked_reason else ""
    now = f"rank {row.rank}" if row.rank else f"not ranked{reason}"
    rung = f"{SIGNS[row.evidence.rung]}{f', by {row.evidence.by}' * bool(row.evidence.by)}"
    verification = escape_markdown(f"{rung} ({row.evidence.level})")
    return f"Before: {was}. With this bundle: **{now}**. Verification: {verification}."


def _neighbors(row: Row, rows: Sequence[Row]) -> list[Row]:
    at = rows.index(row)
    return list(rows[max(0, at - NEIGHBORS) : at + NEIGHBORS + 1])


def _has_means(rows: Sequence[Row]) -> bool:
    return any(one.mean_success for one in rows)


def _facts(row: Row) -> Iterator[str]:
    for name, title in SAYINGS.items():
        yield f"- {title}: {escape_markdown(row.sayings.get(name, '')) or '–'}"
