"""The records of a run in one line: two runs of the same policy on the same episodes share it."""

from __future__ import annotations

from dataclasses import dataclass

from ilbench.digest import json_digest
from ilbench.runs.run_like import RunLike


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsDigest:
    """The records of a run in one line.

    Attributes:
        digest: Of the digests of all records, in plan order; times are in none of them.
        num_records: How many there are.
    """

    digest: str
    num_records: int


def records_digest(run: RunLike) -> RecordsDigest:
    """Returns the digest of a run's records, in plan order."""
    digests = [record.digest() for record in run.records]
    return RecordsDigest(digest=json_digest(digests), num_records=len(digests))
