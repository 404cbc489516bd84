"""How often fresh contexts refute an honest run, and how often one that knows the public ones by heart.

Policies succeed on each context with a probability of its own, from a beta distribution with the mean and an
intra-class correlation of 0.3. Public contexts are played as often as the design says, fresh ones once.
A policy that knows a share of the public contexts by heart succeeds there always.

Run: ``python tests/faults/fresh_verdicts.py [--draws 200] [--out verification-verdicts.csv]``
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from itertools import product
from pathlib import Path

import numpy as np

from ilbench.testing.records import make_record
from ilbench.trust.fresh import compare_fresh

SEED = 20261130
CORRELATION = 0.3
DESIGNS = ((50, 1), (60, 6))
NUM_FRESH = (100,)
RATES = (0.2, 0.5, 0.9)
BY_HEART = (0.0, 0.5, 1.0)
COLUMNS = (
    "public_contexts",
    "repeats",
    "fresh_contexts",
    "success_elsewhere",
    "known_by_heart",
    "differs",
    "agrees",
    "undecided",
    "draws",
)


def main() -> None:
    """Simulates every design and writes a line for each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path("verification-verdicts.csv"))
    asked = parser.parse_args()
    with asked.out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for number, case in enumerate(product(DESIGNS, NUM_FRESH, RATES, BY_HEART)):
            (contexts, repeats), num_fresh, rate, known = case
            rng = np.random.default_rng([SEED, number])
            found = Counter(
                verdict(rng, contexts, repeats, num_fresh, rate, known) for _ in range(asked.draws)
            )
            shares = [f"{found[name] / asked.draws:.3f}" for name in ("differs", "agrees", "undecided")]
            writer.writerow([contexts, repeats, num_fresh, rate, known, *shares, asked.draws])
            file.flush()


def verdict(
    rng: np.random.Generator, contexts: int, repeats: int, num_fresh: int, rate: float, known: float
) -> str:
    """Returns what is said of one policy."""
    size = 1 / CORRELATION - 1
    public = rng.beta(rate * size, (1 - rate) * size, contexts)
    public[: round(known * contexts)] = 1.0
    outcomes = rng.uniform(size=(repeats, contexts)) < public
    fresh = rng.uniform(size=num_fresh) < rng.beta(rate * size, (1 - rate) * size, num_fresh)
    sides = [
        [
            make_record(context, bool(success), repeat=repeat, action_digest=f"{rng.integers(2**63):032x}")
            for repeat, row in enumerate(np.atleast_2d(side))
            for context, success in enumerate(row)
        ]
        for side in (outcomes, fresh)
    ]
    return compare_fresh("toy/reach-v1", *sides, []).verdict


if __name__ == "__main__":
    main()
