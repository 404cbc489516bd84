"""``ilbench check``: whether what is published is sound: levels, intervals, estimators, records."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ilbench.cli.console import say, wide_console
from ilbench.cli.progress import ProgressBar

if TYPE_CHECKING:
    from ilbench.checks.published import Verdict


def levels(
    suite: Annotated[str | None, typer.Argument(metavar="[SUITE]", help="Only its tasks.")] = None,
    task: Annotated[list[str] | None, typer.Option(help="Only these tasks.")] = None,
    out: Annotated[Path | None, typer.Option(help="Also write this CSV file.")] = None,
) -> None:
    """Count the test levels that are also in train or validation: drawn by seed alone, and as they ship.

    Exit code 1 if a level that ships is not held out.
    """
    from dataclasses import asdict

    from ilbench.checks.held_out import count_duplicates
    from ilbench.contract.registry import load_registry
    from ilbench.plain_console import whole_table

    tasks = [one for one in load_registry().select(suite=suite) if not task or one.id in task]
    rows = []
    with ProgressBar("levels", len(tasks), "tasks") as bar:
        for one in tasks:
            rows.append(count_duplicates(one))
            bar.advance()
    counts = [asdict(row) for row in rows if row is not None]
    if counts:
        table = whole_table(*counts[0])
        for row in counts:
            table.add_row(*map(str, row.values()))
        wide_console().print(table)
    else:
        say("no task of these is played on levels")
    if out is not None:
        _write_table(out, counts)
    raise SystemExit(1 if any(row["after"] for row in counts) else 0)


def coverage(
    trials: Annotated[int, typer.Option(min=2, help="Simulated evaluations of a layout.")] = 1500,
    seed: Annotated[int, typer.Option(help="The same seed gives the same table.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Also write every layout to this CSV file.")] = None,
    figure: Annotated[Path | None, typer.Option(help="Also draw the coverage before and after.")] = None,
) -> None:
    """Check 95 % intervals against simulated policies: how often they hold the truth, and how wide they are.

    The success rate over contexts, repeats, training seeds and how alike they are; every other score over
    fewer layouts, with a fifth of the trials. The table shows the worst of each.

    Example:  ilbench check coverage --trials 200 --out coverage.csv --figure coverage.png
    """
    from dataclasses import asdict
    from itertools import chain

    import numpy as np

    from ilbench.checks.calibration import make_rows, summarize
    from ilbench.checks.coverage_figure import draw_coverage
    from ilbench.checks.rate_coverage import rate_coverage
    from ilbench.checks.score_coverage import score_coverage, score_layouts
    from ilbench.checks.simulated_policies import layouts
    from ilbench.plain_console import whole_table

    rng, grids = np.random.default_rng(seed), (list(layouts()), list(score_layouts()))
    found = []
    with ProgressBar("simulations", sum(map(len, grids)), "layouts") as bar:
        for methods in chain(
            rate_coverage(grids[0], trials, rng), score_coverage(grids[1], max(2, trials // 5), rng)
        ):
            found.append(methods)
            bar.advance()
    rows = make_rows(found)
    lines = [asdict(line) for line in summarize(rows)]
    table = whole_table(*lines[0])
    for line in lines:
        table.add_row(
            *("–" if x is None else f"{x:.3f}" if isinstance(x, float) else str(x) for x in line.values())
        )
    wide_console().print(table)
    if out is not None:
        _write_table(out, [asdict(row) for row in rows])
    if figure is not None:
        draw_coverage(rows, figure)


def errors(
    trials: Annotated[int, typer.Option(min=1, help="Simulated comparisons a row.")] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same table.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Also write every row to this CSV file.")] = None,
) -> None:
    """Count how often 5 % tests call equal policies different: compare, --sequential, rank letters.

    Over contexts × repeats, rates, the correlation of repeats, training seeds and how much they vary. The
    table shows the worst of each. 1,000 trials tell a row to 1.4 points; a row above 6 % is simulated again,
    with ten times the trials.

    Example:  ilbench check errors --trials 200 --out errors.csv
    """
    from dataclasses import asdict

    from ilbench.checks.false_positives import TESTS, cells, false_positives
    from ilbench.plain_console import whole_table

    rows, num_rows = [], len(cells()) * len(TESTS)
    with ProgressBar("simulations", num_rows, "rows") as bar:
        for row in false_positives(trials, seed):
            rows.append(row)
            bar.advance()
    table = whole_table("test", "seeds", "mean", "worst", "where", gutter=1)
    for test, seeds in dict.fromkeys((row.test, row.seeds) for row in rows):
        of_test = [row for row in rows if (row.test, row.seeds) == (test, seeds)]
        worst = max(of_test, key=lambda row: row.found)
        where = (
            f"{worst.contexts}×{worst.repeats}, rate {worst.rate:g}, correlation {worst.correlation:g}, "
            f"deviation {worst.deviation:g}"
        )
        mean = sum(row.found for row in of_test) / len(of_test)
        table.add_row(test, str(seeds), f"{mean:.3f}", f"{worst.found:.3f}", where)
    wide_console().print(table)
    if out is not None:
        _write_table(out, [asdict(row) for row in rows])


def entropy(
    episodes: Annotated[str, typer.Option(help="Successes on a context, with commas between.")] = "8,16,100",
    modes: Annotated[str, typer.Option(help="Modes of a task, with commas between.")] = "2,4,24",
    samples: Annotated[int, typer.Option(min=2, help="Samples drawn in each cell.")] = 20_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same numbers.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Also write every cell to this CSV file.")] = None,
) -> None:
    """Compare the entropy estimators with the truth, by simulation over several distributions of modes.

    The table shows mean and worst |bias| and the mean root mean squared error over the distributions.
    """
    from dataclasses import asdict

    from ilbench.checks.entropy_bias import simulate_entropy_errors, summarize_entropy_errors
    from ilbench.plain_console import whole_table

    num_episodes, num_modes = ([int(part) for part in text.split(",")] for text in (episodes, modes))
    errors = list(simulate_entropy_errors(num_episodes, num_modes, samples, seed))
    table = whole_table("modes", "episodes", "estimator", "mean |bias|", "worst |bias|", "mean RMSE")
    for cell in summarize_entropy_errors(errors):
        values = (cell.mean_bias, cell.worst_bias, cell.mean_rmse)
        table.add_row(
            *map(str, (cell.num_modes, cell.num_episodes, cell.estimator)), *(f"{v:.4f}" for v in values)
        )
    wide_console().print(table)
    if out is not None:
        _write_table(out, [asdict(error) for error in errors])


def records(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FOLDER...]", help="Folders with runs; results if not given."),
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Write the ledgers anew: these are the published records.")
    ] = False,
) -> None:
    """Check that the records of published runs are still the published ones, a line a run.

    Their digests are compared with those in records.json of the folder. Exit code 1 if a run has other
    records, is missing, or is not in the ledger.

    Examples:  ilbench check records results

    ilbench check records runs --write
    """
    from ilbench.checks.published import (
        LEDGER,
        compare_digests,
        digests_below,
        load_published,
        save_published,
    )
    from ilbench.errors import UsageError
    from ilbench.runs.folder import load_runs

    verdicts: list[Verdict] = []
    for folder in folders or [Path("results")]:
        ledger, found = folder / LEDGER, digests_below(folder, load_runs(folder))
        if write:
            save_published(ledger, found)
        elif not ledger.is_file():
            raise UsageError(
                f"{ledger} does not exist; write it with: ilbench check records {folder} --write"
            )
        published = load_published(ledger)
        for name, verdict in compare_digests(found, published).items():
            one = found.get(name) or published[name]
            say(f"{one.digest}  {one.num_records:7}  {verdict:17}  {folder / name}")
            verdicts.append(verdict)
    num_as_published = verdicts.count("as published")
    say(f"{num_as_published} of {len(verdicts)} runs: records as published")
    raise SystemExit(0 if num_as_published == len(verdicts) else 1)


def _write_table(path: Path, rows: list[dict[str, Any]]) -> None:
    """Writes rows with the same fields as a CSV file."""
    from ilbench.leaderboard.escape import csv_text

    path.write_text(csv_text(list(rows[0]), rows), encoding="utf-8", newline="")
