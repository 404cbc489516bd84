"""The files that belong to a submission: how many, how large, and which cannot be copied."""

from __future__ import annotations

from pathlib import Path

from ilbench.runner.submissions.covered import UncoveredFileError, covered_files
from ilbench.vetting.finding import Finding, doubtful, fine, wrong

LARGE_BYTES = 2 << 30
UNIT = 1 << 20


def check_files(folder: Path) -> Finding:
    """Returns what the snapshot of a folder would hold: workers load that, and the digest is of it."""
    sizes: dict[str, int] = {}
    try:
        for file in covered_files(folder):
            sizes[file.name] = 0 if file.circle is not None else file.path.stat().st_size
    except UncoveredFileError as error:
        return wrong(
            "files", str(error), "take it out of the folder, or make it a plain file that can be read"
        )
    largest = max(sizes, key=sizes.__getitem__, default="")
    found = f"{len(sizes)} files with {_size(sum(sizes.values()))}"
    found += f", the largest {largest} with {_size(sizes[largest])}" if largest else ""
    if sum(sizes.values()) > LARGE_BYTES:
        return doubtful(
            "files", found, "leave out what the policy does not load: all of it is copied and hashed"
        )
    return fine("files", found)


def _size(num_bytes: int) -> str:
    return f"{num_bytes / UNIT:.1f} MiB" if num_bytes >= UNIT // 10 else f"{num_bytes} bytes"
