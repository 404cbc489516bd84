"""``ilbench compare``: whether one policy is better than another, on the episodes both have played."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from ilbench.cli.console import say_all, wide_console
from ilbench.plain_text import one_line

if TYPE_CHECKING:
    from ilbench.plain_console import WholeTable
    from ilbench.runs.folder import Run
    from ilbench.scores import Estimate
    from ilbench.scores.comparison.comparison import Comparison
    from ilbench.scores.comparison.policy_comparison import PolicyComparison
    from ilbench.scores.comparison.repeated import Repeated
    from ilbench.scores.comparison.sequential import SequentialTest

Column: TypeAlias = "tuple[str, Callable[[Comparison], str]]"

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
    of: Annotated[
        Literal["success", "return"], typer.Option(help="With --sequential: what is tested.")
    ] = "success",
    bounds: Annotated[
        tuple[float, float] | None,
        typer.Option(help="With --of return: the least and the greatest that an episode can have."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
) -> None:
    """Compare two policies on the episodes that both have played, with all their training seeds.

    Difference: of the success rates, A less B; h: Cohen's effect size; return A>B: how often A returns more
    in the same episode, ties half. p: with one training seed McNemar's exact test, over contexts where they
    are repeated; with several each, also Student's over training seeds and contexts. Holm: corrected for the
    number of lines. The last line is one test of all tasks. Intervals are 95 %, verdicts at 5 %.

    Examples:  ilbench compare runs/bc-mlp-d3il-avoiding-v3 runs/diffusion-d3il-avoiding-v3

    ilbench compare bc-mlp diffusion --among results/manipulation --sequential

    ilbench compare a b --among runs --sequential --of return --bounds 0 1
    """
    from dataclasses import asdict

    from ilbench.errors import UsageError
    from ilbench.runs.folder import load_runs
    from ilbench.scores.comparison.compare_runs import compare_runs

    if (of == "return") is not (bounds is not None) or (of == "return" and not sequential):
        raise UsageError(
            "the sequential test of returns needs to know what they can be: say --sequential --of return "
            "--bounds LEAST GREATEST, such as 0 1 for partial credit; it takes none of success"
        )
    runs = load_runs(*among) if among else None
    sides = _of_one(first, runs), _of_one(second, runs)
    splits = None if every_split else split or ["test"]
    found = compare_runs(*sides, splits=splits)
    tests = _sequential(found, sides, bounds) if sequential else None
    if as_json:
        content = asdict(found) | ({} if tests is None else {"sequential": [asdict(one) for one in tests]})
        say_all(json.dumps(content, indent=1))
        return
    names = [one_line(side[0].header.submission.name) for side in sides]
    if names[0] == names[1]:
        names = [one_line(first), one_line(second)]
    _print(found, names, tests)


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


def _sequential(
    found: PolicyComparison, sides: tuple[list[Run], list[Run]], bounds: tuple[float, float] | None
) -> list[SequentialTest]:
    """Returns the sequential test of each line: of success, or of returns that have bounds."""
    from ilbench.scores.comparison.comparison import compare_sequentially
    from ilbench.scores.episode_table import EpisodeTable
    from ilbench.scores.runs import records_by_seed

    if bounds is None:
        return [one.sequential for one in found.comparisons]
    one, other = (EpisodeTable.of_runs(records_by_seed(side)) for side in sides)
    lines = [(line.task, line.split) for line in found.comparisons]
    return [compare_sequentially([one.of(*line)], [other.of(*line)], bounds) for line in lines]


def _print(found: PolicyComparison, names: list[str], tests: list[SequentialTest] | None) -> None:
    from ilbench.plain_console import styled

    console = wide_console()
    console.print(styled(f"A: {names[0]}   B: {names[1]}", "bold"))
    for repeated in found.repeated:
        console.print(_repeated(repeated))
    console.print(_table(found))
    if len(found.comparisons) > 1:
        console.print(
            f"All of them, every task alike: {_signed(found.mean_difference)}, p {_p(found.p_value)}, "
            f"detectable {_detectable(found.detectable)}"
        )
    if found.improvement is not None:
        share = found.improvement
        console.print(
            "Probability that a training seed of A has the higher success rate: "
            f"{share.value:.2f} [{share.low:.2f}, {share.high:.2f}]"
        )
    if tests is not None:
        console.print(_sequential_table(found, tests))
    for line in _remarks(found, tests is not None):
        console.print(styled(line, "dim"))


def _columns(found: PolicyComparison) -> tuple[Column, ...]:
    return (
        ("n", _n),
        ("A", lambda one: f"{one.first.value:.3f}"),
        ("B", lambda one: f"{one.second.value:.3f}"),
        ("difference", lambda one: _signed(one.difference)),
        ("p, Holm" if len(found.comparisons) > 1 else "p", lambda one: _p(one.adjusted)),
        ("", partial(_verdict, found)),
        ("detectable", lambda one: _detectable(one.detectable)),
        ("p alone", lambda one: _p(one.p_value)),
        ("h", lambda one: f"{one.cohens_h:+.2f}"),
        ("A / B better", lambda one: "{} / {}".format(*one.num_discordant)),
        ("return A>B", lambda one: f"{one.improvement.value:.2f}"),
        ("different", lambda one: "{} / {}".format(*one.num_distinct)),
    )


def _table(found: PolicyComparison) -> WholeTable:
    from ilbench.plain_console import whole_table

    columns = _columns(found)
    table = whole_table(_common(found), *(heading for heading, _ in columns), gutter=1)
    for one in found.comparisons:
        table.add_row(_name(found, one), *(show(one) for _, show in columns))
    return table


def _sequential_table(found: PolicyComparison, tests: list[SequentialTest]) -> WholeTable:
    from ilbench.plain_console import whole_table

    headings = (_common(found), "p, anytime", "difference in", "called")
    table = whole_table(*headings, gutter=1, prose={"called": 16})
    for one, test in zip(found.comparisons, tests, strict=True):
        interval = f"[{test.low:+.2f}, {test.high:+.2f}]"
        table.add_row(_name(found, one), _p(test.p_value), interval, _called(test))
    return table


def _common(found: PolicyComparison) -> str:
    """Returns what all lines have in common: suite and split, each where it is but one."""
    suites = {one.task.partition("/")[0] for one in found.comparisons}
    splits = {one.split for one in found.comparisons}
    return " ".join(next(iter(names)) for names in (suites, splits) if len(names) == 1)


def _name(found: PolicyComparison, one: Comparison) -> str:
    is_one_suite = len({other.task.partition("/")[0] for other in found.comparisons}) == 1
    is_one_split = len({other.split for other in found.comparisons}) == 1
    task = one.task.partition("/")[2] if is_one_suite else one.task
    return task if is_one_split else f"{task} {one.split}"


def _n(one: Comparison) -> str:
    mine, theirs = one.num_seeds
    seeds = str(mine) if mine == theirs else f"{mine}|{theirs}"
    return f"{one.design.contexts}×{one.design.repeats}×{seeds}"


def _called(test: SequentialTest) -> str:
    if test.p_value is None:
        return "no test of one episode"
    if test.called_after is not None:
        return f"after {test.called_after} common episodes"
    if test.more_expected is None:
        return "not yet, no end in sight"
    return f"not yet; {test.more_expected} more like these"


def _repeated(one: Repeated) -> str:
    seed = "" if one.training_seed is None else f" (training seed {one.training_seed})"
    equal = f"{one.num_equal} of {one.num_common} records equal"
    if one.what == "policy":
        return f"A and B are the same policy{seed}: {equal}."
    reasons = "; ".join(f"{name}: {first} and {second}" for name, first, second in one.differing)
    return (
        f"A and B are the same method and training seed{seed}, but other weights: {equal}. "
        f"The headers differ in: {reasons or 'nothing'}."
    )


def _remarks(found: PolicyComparison, is_sequential: bool) -> list[str]:
    how = (
        "n: contexts × repeats × training seeds; detectable: seen with 80 % at 5 % by such a design; "
        "different: episodes of A and of B, by their actions."
    )
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
    untested = [f"{one.task} {one.split}" for one in found.comparisons if one.p_value is None]
    if untested:
        remarks.append(
            f"No test: {', '.join(untested)}. There is one context, on which neither ever did anything else: "
            "one episode each, however often it was played."
        )
    return [how, *remarks, _statement(found, is_sequential)]


def _statement(found: PolicyComparison, is_sequential: bool) -> str:
    """Returns what the verdicts are about."""
    if any(one.what == "training" for one in found.repeated):
        return "The verdicts are about two trainings of one method, not about methods."
    alone = [one for one in found.comparisons if one.speaks_of == "policy"]
    if alone:
        where = "" if len(alone) == len(found.comparisons) else " on some lines"
        which = "the verdicts are" if not where else "their verdicts and that of all are"
        return (
            f"One training seed{where}: {which} about these two policies, not about the methods that trained "
            "them."
        )
    remark = "The verdicts are about these two methods: new training seeds on new contexts."
    sequential = " The sequential test is about these policies: episodes do not make up for training seeds."
    return remark + sequential * is_sequential


def _verdict(found: PolicyComparison, one: Comparison) -> str:
    if one.p_value is None:
        return "no test"
    if not one.is_distinguished:
        return "undecided"
    if found.repeated:
        return "differ"
    return "A better" if one.difference.value > 0 else "B better"


def _detectable(difference: float) -> str:
    return f"{difference:.3f}" if difference <= 1 else "nothing"


def _p(value: float | None) -> str:
    if value is None:
        return "–"
    return "< .0001" if value < 1e-4 else f"{value:.4f}"


def _signed(estimate: Estimate) -> str:
    return f"{estimate.value:+.3f} [{estimate.low:+.3f}, {estimate.high:+.3f}]"
