"""How decided the mean action is, by how many steps later the goal was reached.

``python examples/ogbench_gcbc/directions.py --data FILE``: a demonstrator always moves at nearly full speed;
the mean over all who passed there and later reached the goal is short where they went different ways.
"""

from __future__ import annotations

# ruff: noqa: E402 - the arithmetic is fixed before NumPy and torch are imported
from ilbench.arithmetic import fix_arithmetic

fix_arithmetic()

import argparse
import sys
from pathlib import Path

import numpy as np
from learning import Data, make_data
from playing import Act
from tabular import Table

STEPS_AHEAD = (10, 30, 100, 300, 900)


def lengths(act: Act, data: Data, ahead: int) -> list[float]:
    """Returns mean lengths of actions toward goals so far ahead.

    They are those of the policy's actions, of the demonstrators', and of how the policy's change where
    another's goal is put in place of the own.
    """
    now, later = (
        places.reshape(-1, 2).numpy() for places in (data.places[:, :-ahead], data.places[:, ahead:])
    )
    done = data.actions[:, :-ahead].reshape(-1, 2).numpy()
    wanted = act(now, later)
    other = act(now, np.random.default_rng(0).permutation(later))
    return [float(np.linalg.norm(values, axis=1).mean()) for values in (wanted, done, wanted - other)]


def main() -> None:
    """Prints a line for each distance of the goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="what `ilbench ogbench record` wrote")
    parser.add_argument("--side", type=float, default=0.5, help="of a state's bin, m")
    options = parser.parse_args()
    data = make_data(dict(np.load(options.data)))
    table = Table(options.side, max(options.side, 1.0), smooth=True)
    table.add(data)
    some = Data(data.places[:50], data.actions[:50])
    for ahead in STEPS_AHEAD:
        mean, done, change = lengths(table.act, some, ahead)
        sys.stdout.write(
            f"{ahead} steps ahead: mean action {mean:.2f}, demonstrators' {done:.2f}, "
            f"change with another goal {change:.2f}\n"
        )


if __name__ == "__main__":
    main()
