"""Scores the oracle, a policy that looks up its episode and plays the task's expert, in and out of a sandbox.

Run: ``python tests/faults/run_oracle.py [--repeats 100] [--task d3il/avoiding-v3] [--out oracle.csv]``
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from pathlib import Path

import ilbench
from ilbench.arithmetic import fix_arithmetic

DEEDS = Path(__file__).parent / "deeds"
CONTEXTS = 1
TOML = """name = "oracle"
entry = "oracle:Policy"
[arguments]
task = "{task}"
run = "{run}"
num_contexts = {contexts}
num_repeats = {repeats}
"""


def score(task: str, sandbox: str, repeats: int) -> float:
    """Returns the success rate of the oracle in a sandbox."""
    with tempfile.TemporaryDirectory(prefix="oracle-") as folder:
        mine, run = Path(folder, "mine"), Path(folder, "run")
        mine.mkdir()
        (mine / "oracle.py").write_text((DEEDS / "oracle.py").read_text(encoding="utf-8"), encoding="utf-8")
        text = TOML.format(task=task, run=run, contexts=CONTEXTS, repeats=repeats)
        (mine / "submission.toml").write_text(text, encoding="utf-8")
        played = ilbench.run(
            mine,
            task=task,
            split="test",
            contexts=CONTEXTS,
            repeats=repeats,
            out=run,
            sandbox=sandbox,  # type: ignore[arg-type]
            nonce="oracle",
        )
        return sum(bool(record.success) for record in played.records) / len(played.records)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=100)
    parser.add_argument("--task", default="d3il/avoiding-v3")
    parser.add_argument("--out", type=Path, help="CSV file for the table")
    asked = parser.parse_args()
    rows = [["sandbox", "task", "episodes", "success rate"]]
    for sandbox in ("none", "bwrap"):
        rate = score(asked.task, sandbox, asked.repeats)
        rows.append([sandbox, asked.task, str(CONTEXTS * asked.repeats), f"{rate:.3f}"])
        print(*rows[-1], flush=True)
    if asked.out:
        with asked.out.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)


if __name__ == "__main__":
    fix_arithmetic()
    sys.exit(main())
