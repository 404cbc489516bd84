"""``ilbench maintain coverage``: whether intervals and tests hold what they promise."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def coverage(
    trials: Annotated[int, typer.Option(min=1, help="Simulated evaluations a row.")] = 2000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same table.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Also write this CSV file.")] = None,
) -> None:
    """Check 95 % intervals and 5 % tests against simulated policies: coverage, and false positives.

    Intervals of a success rate are checked exactly. 2,000 trials give the others to about a point.

    Example:  ilbench maintain coverage --trials 200 --out coverage.csv
    """
    from dataclasses import asdict
    from itertools import chain

    import numpy as np
    from rich.table import Table

    from ilbench.checks.calibration import (
        RATES,
        SEEDS,
        SIZES,
        false_positives,
        rate_coverage,
        simulated_coverage,
    )
    from ilbench.cli.console import wide_console
    from ilbench.cli.maintenance import write_table
    from ilbench.cli.progress import ProgressBar

    rng = np.random.default_rng(seed)
    rows = list(rate_coverage())
    total = len(RATES) * (3 * len(SIZES) + 2 * len(SEEDS)) + len(SIZES)
    with ProgressBar("simulations", total, "rows") as bar:
        for row in chain(simulated_coverage(trials, rng), false_positives(trials, rng)):
            rows.append(row)
            bar.advance()
    fields = [asdict(row) for row in rows]
    table = Table(*fields[0], box=None)
    for line in fields:
        table.add_row(
            *("–" if x is None else f"{x:.4g}" if isinstance(x, float) else str(x) for x in line.values())
        )
    wide_console().print(table)
    if out is not None:
        write_table(out, fields)
