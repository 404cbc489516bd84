"""Evidence: how far a row can be believed: what its run folders show, and what verifiers found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from ilbench.runs.attestation import RUNGS, Rung
from ilbench.runs.run_like import RunLike
from ilbench.runs.verifiers import Trusted

Level: TypeAlias = Literal["changed", "in memory", "lines sealed", "sealed", "sealed, logged", "as published"]
"""The least first; what each means is in `NOTE`."""

NOTE = (
    "Verification is a ladder; a row has the least of its runs. 0 claimed: there is no folder of records, or "
    "they are not those that were published. 1 recomputed: every number is made of the records, and of "
    "nothing else. 2 spot-replayed: a verifier played episodes of their own choice again from the "
    "submission, and all ended alike. 3 re-run: so with every episode. 4 fresh contexts: and the submission "
    "does as well on contexts that nobody had seen. ! refuted: a verifier found otherwise; such a row is not "
    "ranked. Whose word counts is said in the board's verifiers.toml. Beside it stands what the folders show "
    "by themselves: as published: the records are those that the ledger beside the run (records.json) holds; "
    "changed: they are not. Sealed: header and every line hold the digest they were written with; logged: a "
    "log counts the starts, and the episodes that were played again. Lines sealed: protocol 1, whose header "
    "may hold no digest. In memory: there is no folder."
)

SIGNS: Mapping[Rung, str] = {
    "refuted": "! refuted",
    "claimed": "0 claimed",
    "recomputed": "1 recomputed",
    "spot-replayed": "2 spot-replayed",
    "re-run": "3 re-run",
    "confirmed on fresh contexts": "4 fresh contexts",
}
"""How a rung is shown where there is little room."""

_LEVELS: tuple[Level, ...] = get_args(Level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of a row's runs.

    Attributes:
        rung: The least of its runs.
        by: Who took those of the least rung there; empty where their records alone did.
        at: When the last of these did, UTC.
        because: What was found of them, in a line.
        ignored: Attestations that lie beside its runs and count nothing, with the reason.
        level: What its folders show by themselves, the least of its runs.
        num_replayed: Episodes that were played more than once, as far as it was written down.
        sandbox: What the policy's processes were kept in, each kind once.
        server: What the servers of remote policies said of themselves; empty where it was no remote one.
    """

    rung: Rung
    by: str = ""
    at: str = ""
    because: str = ""
    ignored: tuple[str, ...] = ()
    level: Level
    num_replayed: int
    sandbox: str = "none"
    server: str = ""


def find_evidence(
    runs: Sequence[RunLike], published: Mapping[Path, bool], attested: Mapping[Path, Trusted]
) -> Evidence:
    """Returns how far some runs, at least one, can be believed.

    Args:
        runs: The runs, as they were loaded: what does not hold its digest was refused.
        published: For each run folder that a ledger names, whether its records are those of the ledger.
        attested: How far each run folder is known to be true, where anybody was asked; see
            `ilbench.runs.verifiers`.
    """
    levels = [find_level(run, published) for run in runs]
    found = [
        attested.get(run.path) or Trusted(rung=own_rung(level))
        for run, level in zip(runs, levels, strict=True)
    ]
    least = min((one.rung for one in found), key=RUNGS.index)
    there = [one for one in found if one.rung == least]
    replayed = {attempt.id for run in runs for attempt in run.history.attempts}
    return Evidence(
        rung=least,
        by=", ".join(dict.fromkeys(one.by for one in there if one.by)),
        at=max(one.at for one in there),
        because="; ".join(dict.fromkeys(one.because for one in there if one.because)),
        ignored=tuple(line for one in found for line in one.ignored),
        level=min(levels, key=_LEVELS.index),
        num_replayed=len(replayed),
        sandbox=", ".join(sorted({run.header.sandbox for run in runs})),
        server=" | ".join(dict.fromkeys(run.header.served.in_words() for run in runs if run.header.served)),
    )


def own_rung(level: Level) -> Rung:
    """Returns the rung on which records stand by themselves."""
    return "claimed" if level in ("changed", "in memory") else "recomputed"


def find_level(run: RunLike, published: Mapping[Path, bool]) -> Level:
    """Returns what the folder of a run shows by itself; see `find_evidence` for `published`."""
    is_published = published.get(run.path)
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
