"""A JSON object in a file, with a digest of all else that it says, so that no change goes unnoticed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ilbench.digest import json_digest
from ilbench.errors import CorruptFileError
from ilbench.plain_text import one_line
from ilbench.reading import read_bytes, reading

DIGEST = "digest"
MAX_BYTES = 64 * 2**20
"""A header of a million blocks is smaller."""
REMEDY = "restore the file, or move the run folder away and run again"


def to_digested_json(content: Mapping[str, Any]) -> str:
    """Returns the text of a file that holds `content` and its digest."""
    digested = {**content, DIGEST: json_digest(content)}
    return json.dumps(digested, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def read_json_object(path: Path) -> dict[str, Any]:
    """Returns the JSON object in a file, whatever it says.

    Raises:
        CorruptFileError: It is no regular file, too large, or holds something else than one JSON object
            without a name twice.
    """
    data = read_bytes(path, MAX_BYTES, remedy=REMEDY)
    with reading(path, "a JSON object", remedy=REMEDY):
        content = json.loads(data.decode(), object_pairs_hook=_distinct, parse_constant=_refuse)
    if not isinstance(content, dict):
        found = one_line(json.dumps(content), 40)
        raise CorruptFileError(path, f"expected a JSON object, found {found}", remedy=REMEDY)
    return content


def digest_problem(content: dict[str, Any]) -> str | None:
    """Takes the digest out of what a file says, and returns what is wrong with it, or None."""
    written, found = content.pop(DIGEST, None), json_digest(content)
    if written == found:
        return None
    if written is None:
        return f"field {DIGEST!r}: expected the digest of all else, found none"
    return (
        f"field {DIGEST!r}: the file was edited: expected {found}, the digest of what it says, found "
        f"{one_line(str(written), 40)}"
    )


def _distinct(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the name {name!r} stands twice in one object")
        found[name] = value
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"found {constant}, which is no number")
