"""Files: whether a bundle holds what its manifest says, nothing else, and nothing that is too large."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from ilbench.leaderboard.checking.problem import Problem, problem
from ilbench.plain_text import printable_lines
from ilbench.reading import open_regular
from ilbench.runs.attempts import ATTEMPTS
from ilbench.runs.attestation import ATTESTATIONS
from ilbench.runs.bundle import CARD, CODE, MANIFEST, SCORES, Listed, Manifest, is_code
from ilbench.runs.folder import HEADER
from ilbench.runs.journal_file import PACKED
from ilbench.runs.submitted import FILES, files_digest

LIMITS: Mapping[str, int] = {
    HEADER: 1 << 20,
    PACKED: 1 << 28,
    ATTEMPTS: 1 << 24,
    FILES: 1 << 24,
    CARD: 1 << 18,
    SCORES: 1 << 24,
    MANIFEST: 1 << 22,
    ATTESTATIONS: 1 << 20,
}
"""Bytes of each file beside the submission's own."""
NEEDED = (HEADER, PACKED, CARD, SCORES)
MAX_FILE_BYTES = 1 << 30
"""Of a file of the submission, weights among them."""
MAX_TEXT_TOTAL = 1 << 24
"""Of all text files of the submission together."""
BLOCK = 1 << 20
PACK = "pack the run again: ilbench submission pack RUN"


def check_listed(manifest: Manifest, found: Mapping[str, Listed]) -> Iterator[Problem]:
    """Yields what is not as a manifest says: files that lack, are there unasked, or have other bytes."""
    for name in sorted(manifest.files.keys() - found.keys()):
        yield problem(name, "", "no such file", "the file that the manifest names", PACK)
    for name, one in found.items():
        if name in (MANIFEST, ATTESTATIONS):
            continue
        if name not in manifest.files:
            yield problem(name, "", "a file", "only what the manifest names", f"remove it, or {PACK}")
        elif one.size is not None and one.size <= _limit(name):
            sha = _sha256(one.path)
            if sha != manifest.files[name]:
                expected = f"{manifest.files[name][:16]}…, as the manifest says"
                yield problem(name, "sha256", f"{sha[:16]}…", expected, PACK)


def check_kinds(found: Mapping[str, Listed]) -> Iterator[Problem]:
    """Yields what no bundle holds: links, pipes, files too large, texts that a terminal could obey."""
    for name in NEEDED:
        if name not in found:
            yield problem(name, "", "no such file", "it in every bundle", PACK)
    total = 0
    for name, one in found.items():
        limit = _limit(name)
        if one.size is None:
            kind = _kind(one.path)
            yield problem(name, "", kind, "a regular file", "put the file itself there")
        elif not limit:
            yield problem(name, "", "a file", "no such file in a bundle", f"remove it, or {PACK}")
        elif one.size > limit:
            yield problem(name, "", f"{one.size} bytes", f"at most {limit}", "leave out what nobody reads")
        elif name.startswith(f"{CODE}/"):
            content = one.path.read_bytes() if one.size <= BLOCK else b"\0"
            total += one.size if is_code(content) else 0
            yield from _text_problem(name, content) if is_code(content) else ()
        elif name != PACKED:
            yield from _text_problem(name, one.path.read_bytes())
    if total > MAX_TEXT_TOTAL:
        yield problem(CODE, "", f"{total} bytes of text", f"at most {MAX_TEXT_TOTAL}", "leave out data")


def check_submission(
    digest: str, files: Mapping[str, str], manifest: Manifest, found: Mapping[str, Listed]
) -> Iterator[Problem]:
    """Yields where a submission's files are not those that were played.

    Args:
        digest: What the run's header says of the submission.
        files: What each of its files was, see `ilbench.runs.submitted`.
        manifest: Of the bundle.
        found: What lies in the bundle, by its path.
    """
    if files_digest(files) != digest:
        expected = f"files whose digest is the header's, {digest[:16]}"
        yield problem(FILES, "", f"files with the digest {files_digest(files)[:16]}", expected, PACK)
        return
    for name, one in found.items():
        inner = name.removeprefix(f"{CODE}/")
        if inner == name or one.size is None or one.size > MAX_FILE_BYTES:
            continue
        was = files.get(inner, "").rpartition(":")[2]
        if not was:
            yield problem(name, "", "a file", "only files that were played", "remove it")
        elif was != _sha256(one.path):
            yield problem(name, "sha256", "another content", "that which was played", PACK)
    for name, what in files.items():
        if f"{CODE}/{name}" not in found and manifest.left_out.get(name) != what:
            expected = "the file, or its name among those that were left out"
            yield problem(f"{CODE}/{name}", "", "no such file", expected, PACK)


def _limit(name: str) -> int:
    return LIMITS.get(name, MAX_FILE_BYTES if name.startswith(f"{CODE}/") else 0)


def _text_problem(name: str, content: bytes) -> Iterator[Problem]:
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        yield problem(name, "", f"the byte 0x{content[error.start]:02x}", "UTF-8", "save it as UTF-8")
        return
    if printable_lines(text) != text:
        at = next(
            i for i, (a, b) in enumerate(zip(text, printable_lines(text) + "\0", strict=False)) if a != b
        )
        found = f"the character U+{ord(text[at]):04X}, which a terminal could obey"
        line = text.count("\n", 0, at) + 1
        yield problem(f"{name}:{line}", "", found, "plain text", "remove the character")


def _kind(path: Path) -> str:
    mode = os.lstat(path).st_mode
    return "a link" if stat.S_ISLNK(mode) else "a pipe, a socket or a device"


def _sha256(path: Path) -> str:
    hasher = hashlib.sha256()
    with open_regular(path, MAX_FILE_BYTES) as file:
        for block in iter(lambda: file.read(BLOCK), b""):
            hasher.update(block)
    return hasher.hexdigest()
