"""Runs the lines of one section of README.md beside it in a fresh clone, and prints how long each takes.

Usage: ``python3 walk.py scikit-learn|sb3 [--out CSV]``. Needs git, Python and a network alone.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


def lines_of(section: str) -> list[str]:
    """Returns the command lines of a section of README.md."""
    text = (HERE / "README.md").read_text(encoding="utf-8").partition(f"\n## {section}\n")[2]
    block = text.partition("```sh\n")[2].partition("```")[0]
    return block.replace("\\\n", "").splitlines()


def walk(section: str, folder: Path) -> list[tuple[str, float]]:
    """Returns each line with the seconds that it took, run in a clone below a folder.

    Raises:
        subprocess.CalledProcessError: A line failed.
    """
    clone = folder / "ilbench"
    subprocess.run(["git", "clone", "--quiet", str(HERE.parents[1]), str(clone)], check=True)
    taken = []
    for line in lines_of(section):
        start = time.monotonic()
        subprocess.run(["bash", "-c", line], cwd=clone, check=True)
        taken.append((line, time.monotonic() - start))
    return taken


def main() -> None:
    """Walks, prints a table, and writes it where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("section", choices=["scikit-learn", "sb3"])
    parser.add_argument("--out", type=Path, help="Also append the table to this CSV file.")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        taken = walk(args.section, Path(folder))
    for line, seconds in taken:
        sys.stdout.write(f"{seconds:7.1f} s  {line}\n")
    sys.stdout.write(f"{sum(seconds for _, seconds in taken):7.1f} s  in all\n")
    if args.out is not None:
        with args.out.open("a", newline="", encoding="utf-8") as file:
            rows = [(args.section, f"{seconds:.1f}", line) for line, seconds in taken]
            csv.writer(file).writerows([] if file.tell() else [("path", "seconds", "line")])
            csv.writer(file).writerows(rows)


if __name__ == "__main__":
    main()
