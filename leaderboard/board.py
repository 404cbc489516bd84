"""The leaderboard as one frozen value: rows of submissions, ranked on one board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from ilbench.contract.board import Board
from ilbench.contract.task import PRESETS, Task
from ilbench.errors import EmptyScoreError, UnknownNameError
from ilbench.leaderboard.admission import (
    ANY_TASKS,
    HEADLINE,
    RANKED_PRESET,
    find_conditions,
    refuted,
    why_unranked,
)
from ilbench.leaderboard.choice import undeclared_tasks
from ilbench.leaderboard.making import Scored, make_row, score_pools
from ilbench.leaderboard.places import find_front, find_places
from ilbench.leaderboard.pooling import Key, pool
from ilbench.leaderboard.row import Row
from ilbench.leaderboard.standing import find_standing
from ilbench.runs.run_like import RunLike
from ilbench.runs.verifiers import Trusted
from ilbench.scores.generalization.shifts import severity_families
from ilbench.scores.possible import check_possible

if TYPE_CHECKING:
    from pandas import DataFrame

SortKey: TypeAlias = Literal["success", "diversity", "generalization", "cost"]
"""What rows can be ordered by; the best first."""


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
        board: What is ranked; without a name where nobody declared it.
        protocols: Versions of the evaluation protocol that its rows have, the oldest first.
        tasks: Every task that is shown, in the board's order, or the registry's where nobody declared one.
        suites: The suites of the board's tasks, where there are several.
        ranked: Complete rows and references by falling mean success, or by what they were sorted by.
        unranked: Rows that lack a task of the board, then those that may not be ranked.
        remarks: What else was found among what was given: runs of other boards, folders that were skipped.
    """

    board: Board
    protocols: tuple[str, ...]
    tasks: tuple[BoardTask, ...]
    suites: tuple[str, ...]
    ranked: tuple[Row, ...]
    unranked: tuple[Row, ...]
    remarks: tuple[str, ...] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows, the ranked first."""
        return self.ranked + self.unranked

    @property
    def shared_tasks(self) -> tuple[str, ...]:
        """Ids of the tasks that enter the means."""
        return self.board.tasks

    def sorted_by(self, key: SortKey) -> Leaderboard:
        """Returns the same with the ranked rows in another order; ranks stay what they are."""
        return replace(self, ranked=tuple(sorted(self.ranked, key=lambda row: _merit(row, key))))

    def frame(self) -> DataFrame:
        """Returns every score, a line each; see `ilbench.leaderboard.frame.board_frame`."""
        from ilbench.leaderboard.frame import board_frame

        return board_frame(self)


def build(
    runs: Sequence[RunLike],
    registry: Mapping[str, Task],
    *,
    board: Board | None = None,
    tasks: Sequence[str] | None = None,
    preset: str = RANKED_PRESET,
    published: Mapping[Path, bool] | None = None,
    attested: Mapping[Path, Trusted] | None = None,
    remarks: Sequence[str] = (),
) -> Leaderboard:
    """Returns the leaderboard of some runs.

    Runs of one name and kind are one row: of different tasks side by side, of different training seeds
    pooled; see `ilbench.leaderboard.pooling` for what is given twice. A run may be ranked if it is whole, of
    the board's preset and protocols, of its task specs and free of environment errors; others make rows of
    their own, with the reason. A row that lacks a task of the board is not ranked, and changes no other row.

    Args:
        runs: The runs, in any order; those without a task of a declared board are left aside.
        registry: Tasks by id.
        board: The board; if not given, one of `tasks` at `preset`.
        tasks: Which tasks the means are over. By default those of the row that has most of them.
        preset: The preset that is ranked.
        published: For each run folder that a ledger names, whether its records are those of the ledger.
        attested: How far each run folder is known to be true, where anybody was asked; a run that somebody
            refuted is not ranked.
        remarks: See `Leaderboard.remarks`.

    Raises:
        EmptyScoreError: There is no run, or none with a task of the board.
        UnknownNameError: A run's task or the preset is not known, or one of `tasks` is in no run.
        MismatchedRecordsError: A run's records are not of the task they name.
        CorruptFileError: A record cannot be of its task, see `ilbench.scores.possible`.
    """
    wanted = replace(ANY_TASKS, preset=preset) if board is None else board
    runs = [run for run in runs if not wanted.tasks or not set(wanted.tasks).isdisjoint(run.header.tasks)]
    if not runs:
        of = f" with a task of the board {wanted.name!r}" if wanted.tasks else ""
        raise EmptyScoreError(f"no leaderboard of no runs{of}; give at least one run folder")
    if wanted.preset not in PRESETS:
        raise UnknownNameError("preset", wanted.preset, PRESETS)
    by_id = _known_tasks(runs, registry)
    shown = [by_id[task] for task in wanted.tasks or by_id if task in by_id]
    scored = score_pools(
        pool(_groups(runs, by_id, wanted, attested or {}), {task.id for task in shown}), shown
    )
    if board is None:
        wanted = replace(wanted, tasks=_undeclared_tasks(scored, [task.id for task in shown], tasks))
    made = sorted(
        ((make_row(one, wanted, shown, published or {}, attested or {}), one) for one in scored),
        key=lambda pair: _order(pair[0]),
    )
    rows = [row for row, _ in made]
    return Leaderboard(
        board=wanted,
        protocols=tuple(sorted({row.protocol for row in rows})),
        tasks=tuple(map(_board_task, shown)),
        suites=tuple(dict.fromkeys(suite for row in rows for suite in row.suite_means)),
        ranked=_with_places([(row, one) for row, one in made if row.unranked_reason is None], wanted),
        unranked=tuple(row for row in rows if row.unranked_reason is not None),
        remarks=tuple(remarks),
    )


def _known_tasks(runs: Sequence[RunLike], registry: Mapping[str, Task]) -> dict[str, Task]:
    named = dict.fromkeys(task for run in runs for task in run.header.tasks)
    known = [registry[task] for task in registry if task in named]
    known += [registry[task] for task in named if task not in registry]
    return {task.id: task for task in known}


def _groups(
    runs: Sequence[RunLike], by_id: Mapping[str, Task], board: Board, attested: Mapping[Path, Trusted]
) -> dict[Key, list[RunLike]]:
    conditions = find_conditions(runs, by_id)
    groups: dict[Key, list[RunLike]] = {}
    for run in runs:
        check_possible(run, by_id)
        sub = run.header.submission
        refutation = refuted(attested.get(run.path))
        reason = "; ".join(filter(None, (refutation, why_unranked(run, by_id, conditions, board)))) or None
        key = (sub.name, sub.kind, sub.privileged, run.header.protocol, run.header.preset, reason)
        groups.setdefault(key, []).append(run)
    return groups


def _undeclared_tasks(
    scored: Sequence[Scored], tasks: Sequence[str], wanted: Sequence[str] | None
) -> tuple[str, ...]:
    for task in wanted or ():
        if task not in tasks:
            raise UnknownNameError("task among the runs", task, tasks)
    if wanted is not None:
        return tuple(task for task in tasks if task in wanted)
    ranked = [one for one in scored if one.pool.key[-1] is None]
    deciding = [one for one in ranked if not one.pool.key[2]] or ranked or scored
    held = [[task for task, scores in one.scores.items() if HEADLINE in scores.splits] for one in deciding]
    return undeclared_tasks(held, tasks)


def _with_places(made: Sequence[tuple[Row, Scored]], board: Board) -> tuple[Row, ...]:
    """Returns the rows, those that are no references with their places."""
    placed = [(row, one) for row, one in made if not row.is_reference]
    standing = find_standing([one.table for _, one in placed], board.tasks)
    means = [row.mean for row, _ in placed]
    found = iter(zip(find_places(means, standing), find_front(means), strict=True))
    rows = []
    for row, _ in made:
        places, is_on_front = ({}, False) if row.is_reference else next(found)
        rows.append(replace(row, places=places, is_on_front=is_on_front))
    return tuple(rows)


def _board_task(task: Task) -> BoardTask:
    return BoardTask(
        id=task.id,
        suite=task.suite,
        summary=task.summary,
        num_modes=len(task.modes),
        graded=severity_families(task),
    )


def _merit(row: Row, key: SortKey) -> float:
    """Returns what rows are sorted by, the least first; a row without comes last."""
    if key == "cost":
        return float("inf") if row.policy_step_s is None else row.policy_step_s
    found = row.mean.of(key)
    return float("inf") if found is None else -found.value


def _order(row: Row) -> tuple[bool, float, float, str, str, str, str, str]:
    """Returns what rows are ordered by: incomplete ones before those that may not be ranked."""
    reason = row.unranked_reason or ""
    is_barred = bool(reason) and not row.is_incomplete
    return (
        is_barred,
        _merit(row, "success"),
        -row.num_tasks,
        row.name,
        row.kind,
        row.preset,
        reason,
        row.folder,
    )
