"""Making rows: from the runs of one submission to its row, before it has a place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ilbench.contract.board import Board
from ilbench.contract.task import Task
from ilbench.leaderboard.admission import HEADLINE
from ilbench.leaderboard.evidence import find_evidence
from ilbench.leaderboard.means import find_modes, mean_scores
from ilbench.leaderboard.pooling import Pool, Records
from ilbench.leaderboard.row import Means, Row
from ilbench.leaderboard.sayings import pooled
from ilbench.plain_text import distinct_lines
from ilbench.runs.identity import PROTOCOL
from ilbench.runs.verifiers import Trusted
from ilbench.scores import TaskScores, score_task
from ilbench.scores.episode_table import EpisodeTable

LABEL_CHARACTERS = 48
"""Bound of a name where it is shown; files of numbers hold it whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """The runs of one row with what they score, whatever the board.

    Attributes:
        pool: The runs.
        table: Their episodes.
        scores: Scores by task.
        label: The row's name as it is shown.
    """

    pool: Pool
    table: EpisodeTable
    scores: Mapping[str, TaskScores]
    label: str


def score_pools(pools: Sequence[Pool], tasks: Sequence[Task]) -> list[Scored]:
    """Returns each row's scores and label; of tasks that a row has no scored episode of, there are none."""
    labels = _labels(pools)
    return [_scored(one, tasks, label) for one, label in zip(pools, labels, strict=True)]


def make_row(
    one: Scored,
    board: Board,
    tasks: Sequence[Task],
    published: Mapping[Path, bool],
    attested: Mapping[Path, Trusted],
) -> Row:
    """Returns a row with its scores over the board's tasks, and without a place.

    A row that lacks a task, or a split that the board needs, has no mean and is incomplete: nothing counts as
    zero.

    Args:
        one: What it scores.
        board: The board.
        tasks: The tasks, in their order.
        published: See `ilbench.leaderboard.evidence.find_evidence`.
        attested: See there.
    """
    name, kind, is_reference, protocol, preset, reason = one.pool.key
    complete = [task for task in board.tasks if _is_complete(one.scores, task, board.splits)]
    is_incomplete = reason is None and len(complete) < len(board.tasks)
    if is_incomplete:
        reason = f"incomplete: {len(complete)} of {len(board.tasks)} tasks"
    multimodal = [task.id for task in tasks if len(task.modes) > 1 and task.id in board.tasks]
    return Row(
        name=name,
        label=one.label,
        kind=kind,
        is_reference=is_reference,
        protocol=protocol,
        preset=preset,
        folder=one.pool.folder,
        unranked_reason=reason,
        is_incomplete=is_incomplete,
        digests=tuple(dict.fromkeys(run.header.submission.digest for run in one.pool.runs)),
        scores=one.scores,
        num_tasks=len(complete),
        mean=mean_scores(one.scores, board.tasks, multimodal),
        suite_means=_suite_means(one.scores, board.tasks, multimodal),
        modes=find_modes(one.scores, multimodal),
        policy_step_s=policy_step_s(one.pool.records, board.tasks),
        evidence=find_evidence(one.pool.runs, published, attested),
        played=max(run.header.created for run in one.pool.runs),
        sayings=pooled(run.header.submission.details for run in one.pool.runs),
        replayed=tuple(line for run in one.pool.runs if (line := run.history.replaced())),
    )


def policy_step_s(records: Iterable[Records], tasks: Sequence[str]) -> float | None:
    """Returns the seconds that the policy took for a control step on held-out contexts of some tasks.

    It is wall clock, the share of each batched call, on whatever machine each run was played: it compares
    policies that were played on one. None where no time was measured.
    """
    found = [
        (record.times.policy_s, record.length)
        for seed in records
        for record in seed
        if record.split == HEADLINE and record.task in tasks
    ]
    seconds, steps = sum(time for time, _ in found), sum(length for _, length in found)
    return seconds / steps if seconds and steps else None


def _is_complete(scores: Mapping[str, TaskScores], task: str, splits: Sequence[str]) -> bool:
    return task in scores and set(splits) <= set(scores[task].splits)


def _suite_means(
    scores: Mapping[str, TaskScores], tasks: Sequence[str], multimodal: Sequence[str]
) -> dict[str, Means]:
    suites: dict[str, list[str]] = {}
    for task in tasks:
        suites.setdefault(task.partition("/")[0], []).append(task)
    if len(suites) < 2:
        return {}
    return {
        suite: mean_scores(scores, members, [task for task in multimodal if task in members])
        for suite, members in suites.items()
    }


def _scored(one: Pool, tasks: Sequence[Task], label: str) -> Scored:
    table = EpisodeTable.of_runs(one.records)
    played = {task for task, _ in table.scored().played}
    scores = {task.id: score_task(task, table.of_task(task.id)) for task in tasks if task.id in played}
    return Scored(pool=one, table=table, scores=scores, label=label)


def _labels(pools: Sequence[Pool]) -> list[str]:
    """Returns what each row is called: names that differ, with folder and older protocol where they tell.

    What a row is called does not depend on the protocol of others.
    """
    names = distinct_lines((one.key[0] for one in pools), LABEL_CHARACTERS)
    folders = distinct_lines((one.folder for one in pools if one.folder), LABEL_CHARACTERS)
    return [
        names[one.key[0]]
        + (f" (in {folders[one.folder]})" if one.folder else "")
        + f" (protocol {one.key[3]})" * (one.key[3] != PROTOCOL)
        for one in pools
    ]
