"""Whether published records are still what they were: a digest of each run's records, in a ledger."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import TypeAdapter, ValidationError

from ilbench.errors import CorruptFileError
from ilbench.runs.folder import Run
from ilbench.runs.records_digest import RecordsDigest, records_digest
from ilbench.storage import first_problem, write_atomically

LEDGER = "records.json"
"""Beside the run folders: what the records of each were when they were published."""

Verdict: TypeAlias = Literal["as published", "changed", "not in the ledger", "missing"]


def digests_below(folder: Path, runs: Iterable[Run]) -> Mapping[str, RecordsDigest]:
    """Returns the digest of each run by its folder's path from `folder`."""
    return {run.path.relative_to(folder).as_posix(): records_digest(run) for run in runs}


def compare_digests(
    found: Mapping[str, RecordsDigest], published: Mapping[str, RecordsDigest]
) -> Mapping[str, Verdict]:
    """Returns a verdict for every run that was found or published, by its folder."""
    return {name: _verdict(found.get(name), published.get(name)) for name in sorted({*found, *published})}


def load_published(path: Path) -> Mapping[str, RecordsDigest]:
    """Returns the ledger in a file.

    Raises:
        CorruptFileError: It is not one; names file and field.
    """
    try:
        return TypeAdapter(dict[str, RecordsDigest]).validate_json(path.read_bytes())
    except ValidationError as error:
        raise CorruptFileError(path, first_problem(error)) from error


def save_published(path: Path, digests: Mapping[str, RecordsDigest]) -> None:
    """Writes a ledger, a line a run.

    Raises:
        StorageError: The disk refused.
    """
    lines = [f" {json.dumps(name)}: {_line(one)}" for name, one in sorted(digests.items())]
    write_atomically(path, "{\n" + ",\n".join(lines) + "\n}\n")


def _verdict(found: RecordsDigest | None, published: RecordsDigest | None) -> Verdict:
    if found is None:
        return "missing"
    if published is None:
        return "not in the ledger"
    return "as published" if found == published else "changed"


def _line(one: RecordsDigest) -> str:
    return json.dumps({"digest": one.digest, "num_records": one.num_records})


def as_published(runs: Iterable[Run]) -> Mapping[Path, bool]:
    """Returns, for each run that the nearest ledger above its folder names, whether its records are those.

    A file of the ledger's name that is no ledger names no run.
    """
    ledgers: dict[Path, Mapping[str, RecordsDigest]] = {}
    found: dict[Path, bool] = {}
    for run in runs:
        home = next((parent for parent in run.path.parents if (parent / LEDGER).is_file()), None)
        if home is not None:
            if home not in ledgers:
                ledgers[home] = _ledger_or_none(home / LEDGER)
            published = ledgers[home].get(run.path.relative_to(home).as_posix())
            if published is not None:
                found[run.path] = records_digest(run) == published
    return found


def _ledger_or_none(path: Path) -> Mapping[str, RecordsDigest]:
    try:
        return load_published(path)
    except CorruptFileError:
        return {}
