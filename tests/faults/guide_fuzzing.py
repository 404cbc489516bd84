"""Looks for files that lead one reader to code where it has not been, with atheris (``pip install atheris``).

Ends at the first input that ends badly, which libFuzzer writes beside itself, or when the time is up.

Run: ``python tests/faults/guide_fuzzing.py READER [--seconds 60]``
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import atheris

sys.path.append(str(Path(__file__).parent))

with atheris.instrument_imports(include=["ilbench"]):
    import fuzz_readers
    import readers


def main() -> None:
    """Fuzzes one reader."""
    parser = argparse.ArgumentParser(description="Coverage-guided fuzzing of one reader.")
    parser.add_argument("reader")
    parser.add_argument("--seconds", type=int, default=60)
    args = parser.parse_args()
    scratch = Path(tempfile.mkdtemp(dir=fuzz_readers.MEMORY, prefix="fuzz-"))
    (scratch / "made").mkdir()
    by_name = {reader.name: reader for reader in readers.make_readers(scratch / "made")}
    if args.reader not in by_name:
        raise SystemExit(f"no reader named {args.reader!r}; there are: {', '.join(by_name)}")
    reader, watch = by_name[args.reader], fuzz_readers.Watch()
    fuzz_readers.read_hdf5_quickly()
    whole = fuzz_readers.Inputs([reader], 0).whole[reader.name]
    changed, valid = next(iter(whole.items()))
    folder = fuzz_readers.lay_out(scratch / "whole", whole)
    fuzz_readers.outcome_of(reader, folder, watch)
    fuzz_readers.lay_out(scratch / "corpus", {"valid": valid})

    def read(content: bytes) -> None:
        fuzz_readers.lay_out(folder, {changed: content})
        outcome, said = fuzz_readers.outcome_of(reader, folder, watch)
        if outcome in fuzz_readers.BAD:
            raise RuntimeError(f"{outcome}: {said}")

    atheris.Setup([sys.argv[0], str(scratch / "corpus"), f"-max_total_time={args.seconds}"], read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
