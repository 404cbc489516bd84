"""``ilbench compare``: whether one policy is better than another, on the episodes both have played."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ilbench.cli.console import say_all, wide_console
from ilbench.plain_text import one_line

if TYPE_CHECKING:
    from ilbench.plain_console import WholeTable
    from ilbench.runs.folder import Run
    from ilbench.scores import Estimate
    from ilbench.scores.comparison.comparison import Comparison
    from ilbench.scores.comparison.policy_comparison import PolicyComparison
    from ilbench.scores.comparison.sequential import SequentialTest

POLICY_HELP = "A run folder, a folder of runs of one submission, or its name with --among."


def compare(
    first: Annotated[str, typer.Argument(metavar="A", help=POLICY_HELP)],
    second: Annotated[str, typer.Argument(metavar="B", help=POLICY_HELP)],
    among: Annotated[
        list[Path] | None, typer.Option(help="Folders of runs; A and B are then names of submissions.")
    ] = None,
    split: Annotated[list[str] | None, typer.Option(help="Only these splits; test if none is named.")] = None,
    every_split: Annotated[
        bool, typer.Option("--every-split", help="Every split; each makes every p-value larger.")
    ] = False,
    sequential: Annotated[
        bool,
        typer.Option("--sequential", help="Also: after how many episodes it could be, or will be, called."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
) -> None:
    """Compare two policies on the episodes that both have played, with all their training seeds.

    Difference: of the success rates, A less B; h: Cohen's effect size. A returns more: how often, in the
    same episode, ties half. p: McNemar's exact test (on contexts where they are repeated), with two or more
    training seeds each also Welch's test over these; Holm: corrected for the number of lines. Intervals are
    95 %, verdicts at 5 %.

    Examples:  ilbench compare runs/bc-mlp-d3il-avoiding-v2 runs/diffusion-d3il-avoiding-v2

    ilbench compare bc-mlp diffusion --among results/d3il --sequential
    """
    from dataclasses import asdict

    from ilbench.runs.folder import load_runs
    from ilbench.scores.comparison.compare_runs import compare_runs

    runs = load_runs(*among) if among else None
    sides = _of_one(first, runs), _of_one(second, runs)
    splits = None if every_split else split or ["test"]
    found = compare_runs(*sides, splits=splits)
    if as_json:
        say_all(json.dumps(asdict(found), indent=1))
        return
    names = [one_line(side[0].header.submission.name) for side in sides]
    if names[0] == names[1]:
        names = [one_line(first), one_line(second)]
    _print(found, names, sequential)


def _of_one(policy: str, runs: list[Run] | None) -> list[Run]:
    """Returns the runs of one submission: those named so, or all in a folder."""
    from ilbench.errors import RunFolderError, UnknownNameError
    from ilbench.runs.folder import load_runs

    if runs is None:
        if not Path(policy).exists():
            raise RunFolderError(
                f"there is no folder {policy}; if it is a submission, name the folder of its runs with "
                "--among FOLDER"
            )
        found = load_runs(policy)
        names = sorted({run.header.submission.name for run in found})
        if len(names) > 1:
            raise RunFolderError(
                f"{policy} holds runs of {len(names)} submissions: {', '.join(names)}; "
                f"compare two of them with: ilbench compare {names[0]!r} {names[1]!r} --among {policy}"
            )
        return found
    named = [run for run in runs if run.header.submission.name == policy]
    if not named:
        raise UnknownNameError("submission in the runs", policy, {r.header.submission.name for r in runs})
    return named


def _print(found: PolicyComparison, names: list[str], sequential: bool) -> None:
    from ilbench.plain_console import styled

    console = wide_console()
    console.print(styled(f"A: {names[0]}   B: {names[1]}", "bold"))
    console.print(_table(found))
    if len(found.comparisons) > 1:
        console.print(
            f"mean difference over {len(found.comparisons)} lines: {_signed(found.mean_difference)}"
        )
    if found.improvement is not None:
        share = found.improvement
        console.print(
            "probability that a training seed of A has the higher success rate: "
            f"{share.value:.2f} [{share.low:.2f}, {share.high:.2f}]"
        )
    if sequential:
        console.print(_sequential_table(found))
    for line in _remarks(found, sequential):
        console.print(styled(line, "dim"))


def _table(found: PolicyComparison) -> WholeTable:
    from ilbench.plain_console import whole_table

    headings = ("task", "split", "n", "A", "B", "difference", "h", "A / B better", "A returns more")
    table = whole_table(*headings, "p", "Holm", "", gutter=1)
    for one in found.comparisons:
        table.add_row(
            one.task,
            one.split,
            str(one.num_episodes),
            f"{one.first.value:.3f}",
            f"{one.second.value:.3f}",
            _signed(one.difference),
            f"{one.cohens_h:+.2f}",
            "{} / {}".format(*one.num_discordant),
            f"{one.improvement.value:.2f}",
            _p(one.p_value),
            _p(one.adjusted),
            _verdict(one),
        )
    return table


def _sequential_table(found: PolicyComparison) -> WholeTable:
    from ilbench.plain_console import whole_table

    table = whole_table("task", "split", "p, whenever one stops", "called")
    for one in found.comparisons:
        table.add_row(one.task, one.split, _p(one.sequential.p_value), _called(one.sequential))
    return table


def _called(test: SequentialTest) -> str:
    if test.called_after is not None:
        return f"after {test.called_after} common episodes"
    if test.more_expected is None:
        return "not yet; no number of further episodes is in sight"
    return f"not yet; about {test.more_expected} more, should they go like these"


def _remarks(found: PolicyComparison, sequential: bool) -> list[str]:
    remarks = []
    left = [
        f"{one.task} {one.split} ({one.num_unpaired[0]} of A, {one.num_unpaired[1]} of B)"
        for one in found.comparisons
        if any(one.num_unpaired)
    ]
    if left:
        remarks.append(f"Episodes that only one has played are left out: {', '.join(left)}.")
    if found.unpaired:
        names = ", ".join(f"{task} {split}" for task, split in found.unpaired)
        remarks.append(f"Played by one of them only: {names}.")
    if any(min(one.num_seeds) == 1 for one in found.comparisons):
        remarks.append(
            "One training seed: the verdict is about these trained policies, not about the methods that "
            "trained them."
        )
    elif sequential:
        remarks.append(
            "The sequential test is about these trained policies: more episodes cannot make up for few "
            "training seeds."
        )
    return remarks


def _verdict(one: Comparison) -> str:
    if not one.is_distinguished:
        return "not told apart"
    return "A better" if one.difference.value > 0 else "B better"


def _p(value: float) -> str:
    return "< .0001" if value < 1e-4 else f"{value:.4f}"


def _signed(estimate: Estimate) -> str:
    return f"{estimate.value:+.3f} [{estimate.low:+.3f}, {estimate.high:+.3f}]"
