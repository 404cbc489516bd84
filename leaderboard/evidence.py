"""Evidence: what a row's run folders show by themselves of how its records came about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from ilbench.runs.run_like import RunLike

Level: TypeAlias = Literal["changed", "in memory", "lines sealed", "sealed", "sealed, logged", "as published"]
"""The least first; what each means is in `NOTE`."""

NOTE = (
    "Verification is what run folders show by themselves; nothing was played again for this table, and none "
    "of it says who played. As published: the records are those that the ledger beside the run "
    "(records.json) holds; changed: they are not. Sealed: header and every line hold the digest they were "
    "written with; logged: a log counts the starts, and the episodes that were played again. Lines sealed: "
    "protocol 1, whose header may hold no digest. In memory: there is no folder. A row has the least of its "
    "runs."
)

_LEVELS: tuple[Level, ...] = get_args(Level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of a row's runs.

    Attributes:
        level: The least of its runs.
        num_replayed: Episodes that were played more than once, as far as it was written down.
    """

    level: Level
    num_replayed: int


def find_evidence(runs: Sequence[RunLike], published: Mapping[Path, bool]) -> Evidence:
    """Returns what the folders of some runs, at least one, show.

    Args:
        runs: The runs, as they were loaded: what does not hold its digest was refused.
        published: For each run folder that a ledger names, whether its records are those of the ledger.
    """
    levels = [_level(run, published.get(run.path)) for run in runs]
    replayed = {attempt.id for run in runs for attempt in run.history.attempts}
    return Evidence(level=min(levels, key=_LEVELS.index), num_replayed=len(replayed))


def _level(run: RunLike, is_published: bool | None) -> Level:
    if is_published is not None:
        return "as published" if is_published else "changed"
    if not _is_folder(run.path):
        return "in memory"
    if run.header.protocol == "1":
        return "lines sealed"
    return "sealed, logged" if run.history.num_starts else "sealed"


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # such as a name that no file can have
        return False
