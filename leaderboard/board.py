"""The leaderboard as one frozen value: rows of submissions, columns of tasks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from ilbench.contract.task import PRESETS, Task
from ilbench.errors import EmptyScoreError, UnknownNameError
from ilbench.leaderboard.admission import HEADLINE, RANKED_PRESET, find_conditions, why_unranked
from ilbench.leaderboard.standing import find_standing
from ilbench.plain_text import distinct_lines
from ilbench.runs.run_like import RunLike
from ilbench.scores import (
    Estimate,
    GeneralizationSummary,
    SplitScores,
    TaskScores,
    score_task,
    summarize_generalization,
)
from ilbench.scores.episode_table import EpisodeTable
from ilbench.scores.generalization.shifts import severity_families
from ilbench.scores.possible import check_possible
from ilbench.scores.runs import in_seed_order, records_by_seed
from ilbench.scores.statistics.estimate import mean

if TYPE_CHECKING:
    from pandas import DataFrame

LABEL_CHARACTERS = 48
"""Bound of a name where it is shown; files of numbers hold it whole."""

Key: TypeAlias = tuple[str, str, bool, str, str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One submission, all its training seeds together.

    Attributes:
        name: The submission's own name: foreign text, as it was given.
        label: The name as it is shown: one printable line of at most `LABEL_CHARACTERS` characters, unlike
            the label of any other name of the board. It is text: each format escapes it.
        kind: ``baseline``, ``folder`` or ``object``.
        is_reference: It may look into the simulator: shown for comparison, never ranked.
        protocol: Version of the evaluation protocol; the label says it where the board has rows of several.
        preset: How much of each split was run.
        unranked_reason: Why it is not ranked; None where it is, or is a reference.
        digests: Digests of the policies, one a training seed, in their order.
        scores: Scores by task, in the board's order.
        mean_success: Mean over the board's shared tasks; None where it lacks one, or nothing is shared.
        suite_success: The same over the shared tasks of each suite that has at least two.
        generalization: Means of the gaps, over all its tasks.
        suite_generalization: The same over the tasks of each suite.
        rank: Position by mean success, equal values sharing the better one; None where not ranked.
        rank_interval: The best and the worst rank that it may have; None where not ranked, or alone.
        group: Letters, one shared with every row that it was not told apart from; None as above.
        replayed: Which of its episodes were played more than once, a line for each run with such.
    """

    name: str
    label: str = field(repr=False)  # derived from the names of the board, and so no content of a file
    kind: str
    is_reference: bool
    protocol: str
    preset: str
    unranked_reason: str | None
    digests: tuple[str, ...]
    scores: Mapping[str, TaskScores]
    mean_success: Estimate | None = None
    suite_success: Mapping[str, Estimate]
    generalization: GeneralizationSummary
    suite_generalization: Mapping[str, GeneralizationSummary]
    rank: int | None = None
    rank_interval: tuple[int, int] | None = None
    group: str | None = None
    replayed: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        """What makes its runs one row: name, kind, whether a reference, protocol, preset, why not ranked."""
        return self.name, self.kind, self.is_reference, self.protocol, self.preset, self.unranked_reason

    def split(self, task: str, split: str = HEADLINE) -> SplitScores | None:
        """Returns the scores on a split of a task, or None if it was not run."""
        scores = self.scores.get(task)
        return scores.splits.get(split) if scores else None

    @property
    def training_seeds(self) -> tuple[int, int]:
        """The least and the greatest number of training seeds over the tasks."""
        numbers = [
            split.num_training_seeds for scores in self.scores.values() for split in scores.splits.values()
        ]
        return (min(numbers), max(numbers)) if numbers else (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardTask:
    """A column: what of a task is shown.

    Attributes:
        id: The task's id.
        suite: Its suite.
        summary: What has to be done.
        num_modes: How many behavior modes it has.
        graded: Its graded shifts: for each family, the splits by severity.
    """

    id: str
    suite: str
    summary: str
    num_modes: int
    graded: Mapping[str, Mapping[int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaderboard:
    """Everything that a table, a figure or the page shows.

    Attributes:
        protocols: Versions of the evaluation protocol that its rows have, the oldest first.
        tasks: Every task that a run holds, in the registry's order.
        shared_tasks: Ids of the tasks that enter the mean.
        suites: Suites with at least two shared tasks.
        ranked: Ranked rows and references by falling mean success.
        unranked: All other rows, in the same order.
    """

    protocols: tuple[str, ...]
    tasks: tuple[BoardTask, ...]
    shared_tasks: tuple[str, ...]
    suites: tuple[str, ...]
    ranked: tuple[Row, ...]
    unranked: tuple[Row, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows, the ranked first."""
        return self.ranked + self.unranked

    def frame(self) -> DataFrame:
        """Returns every score, a line each; see `ilbench.leaderboard.frame.scores_frame`."""
        from ilbench.leaderboard.frame import scores_frame

        return scores_frame(self)


def build(
    runs: Sequence[RunLike],
    registry: Mapping[str, Task],
    *,
    tasks: Sequence[str] | None = None,
    preset: str = RANKED_PRESET,
) -> Leaderboard:
    """Returns the leaderboard of some runs.

    Runs of one name and kind are one row: of different tasks side by side, of different training seeds
    pooled. A run is ranked if it is complete, of the ranked preset, of a known protocol and the board's task
    specs and free of environment errors; others make rows of their own, with the reason.

    Args:
        runs: The runs, in any order.
        registry: Tasks by id.
        tasks: Which tasks the mean is over. By default those that every ranked row has (without ranked rows,
            every row). A row that lacks one has no mean and no rank; it is never counted as zero.
        preset: The preset that is ranked.

    Raises:
        EmptyScoreError: There is no run.
        OverlappingRunsError: Two runs hold the same episodes of one submission and training seed.
        UnknownNameError: A run's task or the preset is not known, or one of `tasks` is in no run.
        MismatchedRecordsError: A run's records are not of the task they name.
        CorruptFileError: A record cannot be of its task, see `ilbench.scores.possible`.
    """
    if not runs:
        raise EmptyScoreError("no leaderboard of no runs; give at least one run folder")
    if preset not in PRESETS:
        raise UnknownNameError("preset", preset, PRESETS)
    named = dict.fromkeys(task for run in runs for task in run.header.tasks)
    known = [registry[task] for task in registry if task in named] + [
        registry[t] for t in named if t not in registry
    ]
    by_id = {task.id: task for task in known}
    conditions = find_conditions(runs, by_id)
    groups: dict[Key, list[RunLike]] = {}
    for run in runs:
        check_possible(run, by_id)
        sub, reason = run.header.submission, why_unranked(run, by_id, conditions, preset)
        key = (sub.name, sub.kind, sub.privileged, run.header.protocol, run.header.preset, reason)
        groups.setdefault(key, []).append(run)
    tables = {key: EpisodeTable.of_runs(records_by_seed(group)) for key, group in groups.items()}
    protocols = tuple(sorted({run.header.protocol for run in runs}))
    labels = _labels(groups, protocols)
    rows = [_row(group, tables[key], known, labels[key], *key) for key, group in groups.items()]
    shared = _shared_tasks(rows, [task.id for task in known], tasks)
    suites = _shared_suites(shared)
    ordered = sorted((_with_means(row, shared, suites) for row in rows), key=_order)
    return Leaderboard(
        protocols=protocols,
        tasks=tuple(map(_board_task, known)),
        shared_tasks=shared,
        suites=tuple(suites),
        ranked=_with_standing(
            _with_ranks([row for row in ordered if row.unranked_reason is None]), tables, shared
        ),
        unranked=tuple(row for row in ordered if row.unranked_reason is not None),
    )


def _board_task(task: Task) -> BoardTask:
    return BoardTask(
        id=task.id,
        suite=task.suite,
        summary=task.summary,
        num_modes=len(task.modes),
        graded=severity_families(task),
    )


def _labels(keys: Iterable[Key], protocols: Sequence[str]) -> dict[Key, str]:
    """Returns what each row is called: names that differ, with the protocol where there are several."""
    keys = list(keys)
    names = distinct_lines((name for name, *_ in keys), LABEL_CHARACTERS)
    several = len(protocols) > 1
    return {key: names[key[0]] + f" (protocol {key[3]})" * several for key in keys}


def _row(
    runs: Sequence[RunLike],
    table: EpisodeTable,
    tasks: Iterable[Task],
    label: str,
    name: str,
    kind: str,
    is_reference: bool,
    protocol: str,
    preset: str,
    reason: str | None,
) -> Row:
    played = {task for task, _ in table.scored().played}
    scores = {task.id: score_task(task, table.of_task(task.id)) for task in tasks if task.id in played}
    return Row(
        name=name,
        label=label,
        kind=kind,
        is_reference=is_reference,
        protocol=protocol,
        preset=preset,
        unranked_reason=reason,
        digests=tuple(dict.fromkeys(run.header.submission.digest for run in in_seed_order(runs))),
        replayed=tuple(line for run in in_seed_order(runs) if (line := run.history.replaced())),
        scores=scores,
        suite_success={},
        generalization=summarize_generalization(scores.values()),
        suite_generalization={
            suite: summarize_generalization(s for name, s in scores.items() if name.startswith(f"{suite}/"))
            for suite in dict.fromkeys(name.partition("/")[0] for name in scores)
        },
    )


def _shared_tasks(rows: Sequence[Row], tasks: Sequence[str], wanted: Sequence[str] | None) -> tuple[str, ...]:
    for task in wanted or ():
        if task not in tasks:
            raise UnknownNameError("task among the runs", task, tasks)
    if wanted is not None:
        return tuple(task for task in tasks if task in wanted)
    ranked = [row for row in rows if row.unranked_reason is None]
    deciding = [row for row in ranked if not row.is_reference] or ranked or rows
    return tuple(task for task in tasks if all(row.split(task) for row in deciding))


def _shared_suites(shared: Sequence[str]) -> dict[str, list[str]]:
    suites: dict[str, list[str]] = {}
    for task in shared:
        suites.setdefault(task.partition("/")[0], []).append(task)
    return {suite: tasks for suite, tasks in suites.items() if len(tasks) > 1}


def _with_means(row: Row, shared: Sequence[str], suites: Mapping[str, Sequence[str]]) -> Row:
    by_suite = {suite: _mean_success(row, tasks) for suite, tasks in suites.items()}
    return replace(
        row,
        mean_success=_mean_success(row, shared),
        suite_success={suite: value for suite, value in by_suite.items() if value},
    )


def _mean_success(row: Row, tasks: Sequence[str]) -> Estimate | None:
    splits = [row.split(task) for task in tasks]
    estimates = [split.success for split in splits if split]
    return mean(estimates) if estimates and len(estimates) == len(tasks) else None


def _order(row: Row) -> tuple[float, str, str, str, str]:
    value = row.mean_success.value if row.mean_success else -1.0
    return -value, row.name, row.kind, row.preset, row.unranked_reason or ""


def _with_ranks(rows: Sequence[Row]) -> tuple[Row, ...]:
    values = [row.mean_success.value for row in rows if row.mean_success and not row.is_reference]
    return tuple(
        replace(row, rank=1 + sum(value > row.mean_success.value for value in values))
        if row.mean_success and not row.is_reference
        else row
        for row in rows
    )


def _with_standing(
    rows: Sequence[Row], tables: Mapping[Key, EpisodeTable], tasks: Sequence[str]
) -> tuple[Row, ...]:
    """Returns the rows, those with a rank with the interval of it and with the letters of their groups."""
    placed = [row for row in rows if row.rank is not None]
    standing = iter(find_standing([tables[row.key] for row in placed], tasks))
    found = []
    for row in rows:
        interval, group = next(standing) if row.rank is not None else (None, None)
        found.append(replace(row, rank_interval=interval, group=group))
    return tuple(found)
