"""Which files a run scored: ``submission.json`` beside its header, read only to say what changed since.

The digest in the header is that of all files together; this file says what each of them was, so that who is
told that a run is another submission's is told by which file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from ilbench.digest import DIGEST_HEX
from ilbench.plain_text import one_line
from ilbench.storage import write_atomically

FILES = "submission.json"
MAX_BYTES = 1 << 26
SHOWN = 5
"""Files that are named where they differ."""


def files_digest(files: Mapping[str, str]) -> str:
    """Returns the digest of what each file is, by name; each part has its length before it.

    So ``a|b`` and the files ``a`` and ``b`` differ, whatever characters, or bytes that are none, names hold.
    """
    hasher = hashlib.sha256()
    for text in (part for item in sorted(files.items()) for part in item):
        part = text.encode(errors="surrogateescape")
        hasher.update(len(part).to_bytes(8, "big") + part)
    return hasher.hexdigest()[:DIGEST_HEX]


def keep_files(folder: Path, files: Mapping[str, str]) -> None:
    """Writes what each file of a submission is, by its path, into a run folder; of no files, nothing.

    Raises:
        StorageError: The disk refused.
    """
    if files and kept_files(folder) != files:
        write_atomically(folder / FILES, json.dumps(files, indent=0, sort_keys=True) + "\n")


def changes(folder: Path, files: Mapping[str, str]) -> str:
    """Returns which files are not what they were when the run in a folder began; empty if that is not known.

    Args:
        folder: The run's.
        files: What each file is now, by its path.
    """
    kept = kept_files(folder)
    return differences(kept, files) if kept and files else ""


def differences(old: Mapping[str, object], new: Mapping[str, object]) -> str:
    """Returns which files differ, in words, the first few: ``a.py is new, b.py is gone, c.pt changed``."""
    names = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    words = [
        f"{one_line(name)} {'is new' if name not in old else 'changed' if name in new else 'is gone'}"
        for name in names[:SHOWN]
    ]
    more = [f"{len(names) - SHOWN} more"] if len(names) > SHOWN else []
    return ", ".join(words + more)


def kept_files(folder: Path) -> dict[str, str]:
    """Returns what each file was; nothing where that was not kept, or cannot be read."""
    file = folder / FILES
    try:
        if not file.is_file() or file.stat().st_size > MAX_BYTES:
            return {}
        kept = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return kept if isinstance(kept, dict) and all(isinstance(one, str) for one in kept.values()) else {}
