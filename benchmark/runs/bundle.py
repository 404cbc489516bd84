"""Bundles: a run folder that is packed to be handed over, with a manifest of all that lies in it.

A bundle is a run folder: whatever reads runs reads it where it lies. Beside the header, the log and the
packed journal it holds the submission's text files in the folder `CODE`, a card, scores for reading, and the
manifest.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from ilbench.digest import DIGEST_HEX
from ilbench.errors import CorruptFileError
from ilbench.plain_text import one_line
from ilbench.runs.digested_json import digest_problem, read_json_object
from ilbench.storage import first_problem

MANIFEST = "bundle.json"
CARD = "README.md"
SCORES = "scores.json"
CODE = "submission"
"""Folder of the submission, as it can be played where its weights are there too."""

REMEDY = "pack the run again: ilbench submission pack RUN"
MAX_FILES = 10_000
MAX_TEXT_BYTES = 1 << 20
"""Of a file of the submission that a bundle holds without being asked for weights."""
MAX_JOURNAL_BYTES = 1 << 30
"""Of the records of a bundle, unpacked."""

Sha256 = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
Digest = Annotated[str, StringConstraints(pattern=f"^[0-9a-f]{{{DIGEST_HEX}}}$")]


class Manifest(BaseModel):
    """What lies in a bundle.

    Attributes:
        format: Version of the bundle's format.
        ilbench: Version of the package that packed it.
        header: Digest that the run's header says of itself.
        records: Digest of the records, times aside: see `ilbench.runs.records_digest`.
        num_records: How many there are.
        files: SHA-256 of every file, by its path with slashes; attestations and the manifest aside.
        left_out: Files of the submission that are not in the bundle, such as weights, by their path: what
            each of them is, see `ilbench.runs.submitted`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    ilbench: str
    header: Digest
    records: Digest
    num_records: int
    files: dict[str, Sha256]
    left_out: dict[str, str] = {}


class Listed(NamedTuple):
    """Something that lies in a bundle.

    Attributes:
        name: Its path in the bundle, with slashes.
        path: Where it lies.
        size: Its bytes; None where it is no regular file.
    """

    name: str
    path: Path
    size: int | None


def read_manifest(folder: Path) -> Manifest:
    """Returns the manifest of a bundle.

    Raises:
        CorruptFileError: There is none, or it was edited; names file and field.
    """
    file = folder / MANIFEST
    content = read_json_object(file)
    edited = digest_problem(content)
    try:
        manifest = Manifest.model_validate(content)
    except ValidationError as error:
        raise CorruptFileError(file, one_line(first_problem(error)), remedy=REMEDY) from error
    if edited:
        raise CorruptFileError(file, edited, remedy=REMEDY)
    return manifest


def list_files(folder: Path) -> Iterator[Listed]:
    """Yields all that lies in a folder but folders, sorted; links are not followed, and stand for themselves.

    Raises:
        CorruptFileError: There are more than `MAX_FILES`.
    """
    found = 0
    for root, folders, names in os.walk(folder):
        links = [name for name in folders if (Path(root) / name).is_symlink()]
        folders[:] = sorted(name for name in folders if name not in links)
        for name in sorted([*names, *links]):
            found += 1
            if found > MAX_FILES:
                raise CorruptFileError(folder, f"expected at most {MAX_FILES} files, found more")
            path = Path(root) / name
            status = path.lstat()
            size = status.st_size if stat.S_ISREG(status.st_mode) else None
            yield Listed(path.relative_to(folder).as_posix(), path, size)


def is_code(content: bytes) -> bool:
    """Returns whether a submission's file goes into a bundle unasked: text that a person can review."""
    if len(content) > MAX_TEXT_BYTES or b"\0" in content:
        return False
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
