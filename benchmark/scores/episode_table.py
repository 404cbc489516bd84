"""Episode table: the episodes of one policy as columns. All grouping and pairing of records is made here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import partial
from operator import attrgetter
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ilbench.errors import ILBenchError
from ilbench.runs.identity import EpisodeId
from ilbench.runs.record import POLICY_FAULTS, EpisodeRecord
from ilbench.scores.statistics.bootstrap import FloatArray

Records: TypeAlias = Sequence[EpisodeRecord]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]

NO_MODE = -1
"""In the column `EpisodeTable.mode`: undecided."""

_REPEATS = 2**32
_read = attrgetter(
    "task",
    "split",
    "context",
    "repeat",
    "env_seed",
    "status",
    "success",
    "final_success",
    "episode_return",
    "length",
    "mode",
    "action_digest",
)


class MismatchedRecordsError(ILBenchError):
    """Records that do not belong together, or not to the task that is to be scored."""


def num_unscored(records: Iterable[EpisodeRecord]) -> int:
    """Returns how many episodes an ``env_error`` ended; a run with any is not publishable."""
    return sum(record.status == "env_error" for record in records)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EpisodeTable:
    """Episodes of one policy, a row each, by task and split, training seed, context and repeat.

    The order is always this, whatever that of the records, since a sum of floats depends on it in the last
    bit. An episode that an ``env_error`` ended is a row, and counts for nothing: see `scored`.

    Attributes:
        splits: The tasks and splits that `split` counts, in order of first appearance.
        split: Index into `splits`, shape (E,), as of every column.
        seed: Index of the training seed, as the runs were given.
        context: Index of the context.
        repeat: Repetition.
        env_seed: Seed that the environment was given.
        is_scored: Not ended by an ``env_error``.
        is_fault: Ended by the policy's own fault: a failure.
        success: 1.0 for a success, else 0.0.
        final_success: 1.0 where the last step was a success, for tasks that go on after the first.
        episode_return: Sum of rewards.
        length: Control steps.
        mode: Behavior mode, `NO_MODE` if undecided.
        actions: A number for the episode's action digest: alike in two rows whose actions were the same.
    """

    splits: tuple[tuple[str, str], ...]
    split: IntArray
    seed: IntArray
    context: IntArray
    repeat: IntArray
    env_seed: IntArray
    is_scored: BoolArray
    is_fault: BoolArray
    success: FloatArray
    final_success: FloatArray
    episode_return: FloatArray
    length: IntArray
    mode: IntArray
    actions: IntArray

    @classmethod
    def of_runs(cls, runs: Sequence[Records]) -> EpisodeTable:
        """Returns the table of records, one sequence a training seed.

        Raises:
            MismatchedRecordsError: An episode was scored twice in one training seed.
        """
        indexes: dict[tuple[str, str], int] = {}
        rows = [(i, _read(record)) for i, run in enumerate(runs) for record in run]
        integers, floats = partial(np.array, dtype=np.int64), partial(np.array, dtype=np.float64)
        seeds = integers([seed for seed, _ in rows])
        columns = list(zip(*(row for _, row in rows), strict=True)) or [()] * 12
        tasks, splits, contexts, repeats, env_seeds, statuses, successes, finals, *others = columns
        returns, lengths, modes, digests = others
        numbers = {digest: i for i, digest in enumerate(dict.fromkeys(digests))}
        table = cls(
            split=integers(
                [indexes.setdefault(key, len(indexes)) for key in zip(tasks, splits, strict=True)]
            ),
            splits=tuple(indexes),
            seed=seeds,
            context=integers(contexts),
            repeat=integers(repeats),
            env_seed=integers(env_seeds),
            is_scored=np.array([status != "env_error" for status in statuses], dtype=np.bool_),
            is_fault=np.array([status in POLICY_FAULTS for status in statuses], dtype=np.bool_),
            success=floats(list(map(bool, successes))),
            final_success=floats(list(map(bool, finals))),
            episode_return=floats(returns),
            length=integers(lengths),
            mode=integers([NO_MODE if mode is None else mode for mode in modes]),
            actions=integers(list(map(numbers.__getitem__, digests))),
        )
        order = np.lexsort((table.repeat, table.context, table.seed, table.split))
        found = table.take(order)
        found._check_unique()
        return found

    def __len__(self) -> int:
        """The number of episodes."""
        return len(self.split)

    def take(self, rows: IntArray | BoolArray | slice) -> EpisodeTable:
        """Returns some rows; `rows` must keep their order."""
        columns = {name: getattr(self, name)[rows] for name in _COLUMNS}
        return EpisodeTable(splits=self.splits, **columns)

    def of(self, task: str, split: str) -> EpisodeTable:
        """Returns the episodes of one task and split; none where it was not played."""
        if (task, split) not in self.splits:
            return self.take(slice(0, 0))
        index = self.splits.index((task, split))
        start, end = np.searchsorted(self.split, [index, index + 1])
        return self.take(slice(int(start), int(end)))

    def of_task(self, task: str) -> EpisodeTable:
        """Returns the episodes of one task."""
        wanted = [index for index, (name, _) in enumerate(self.splits) if name == task]
        return self.take(np.isin(self.split, wanted))

    def scored(self) -> EpisodeTable:
        """Returns the episodes that count: all but those that an ``env_error`` ended."""
        return self if self.is_scored.all() else self.take(self.is_scored)

    @property
    def num_unscored(self) -> int:
        """How many episodes an ``env_error`` ended."""
        return len(self) - int(self.is_scored.sum())

    @property
    def played(self) -> list[tuple[str, str]]:
        """The tasks and splits of its rows, in their order."""
        return [self.splits[i] for i in np.unique(self.split)]

    @property
    def seeds(self) -> IntArray:
        """The training seeds of its rows, rising."""
        return np.unique(self.seed)

    @property
    def episode(self) -> IntArray:
        """A number for each row's context and repeat."""
        return self.context * _REPEATS + self.repeat

    def by_seed(self) -> list[EpisodeTable]:
        """Returns the episodes of each training seed that has one."""
        return [self.take(self.seed == seed) for seed in self.seeds]

    def in_all_seeds(self) -> EpisodeTable:
        """Returns the episodes of one split that each of its training seeds has."""
        numbers, counts = np.unique(self.episode, return_counts=True)
        return self.of_episodes(numbers[counts == len(self.seeds)])

    def of_episodes(self, episodes: IntArray) -> EpisodeTable:
        """Returns the rows whose `episode` is among some."""
        return self.take(np.isin(self.episode, episodes))

    def grid(self, values: FloatArray) -> FloatArray:
        """Returns a column of a table `in_all_seeds` by training seed and episode, shape (S, E)."""
        return values.reshape(len(self.seeds), -1)

    def paired_with(self, other: EpisodeTable) -> tuple[EpisodeTable, EpisodeTable]:
        """Returns the rows of two tables of one split each that have training seed, context and repeat alike.

        Row for row they are the same episode; both are empty where there is none in common.
        """
        episodes = np.unique(np.concatenate([self.episode, other.episode]))
        mine, theirs = (t.seed * len(episodes) + np.searchsorted(episodes, t.episode) for t in (self, other))
        return self.take(np.isin(mine, theirs)), other.take(np.isin(theirs, mine))

    def id(self, row: int) -> EpisodeId:
        """Returns the identity of the episode in a row."""
        task, split = self.splits[self.split[row]]
        return EpisodeId(task, split, int(self.context[row]), int(self.repeat[row]))

    def _check_unique(self) -> None:
        kept = self.scored()
        keys = np.stack([kept.split, kept.seed, kept.context, kept.repeat])
        twice = np.flatnonzero((keys[:, 1:] == keys[:, :-1]).all(axis=0))
        if len(twice):
            raise MismatchedRecordsError(
                f"{kept.id(int(twice[0]))} occurs twice; give each training seed alone"
            )


_COLUMNS = tuple(field.name for field in fields(EpisodeTable) if field.name != "splits")

Episodes: TypeAlias = Records | EpisodeTable
"""What a score is made of: one sequence of records a training seed, or one table of all."""


def as_table(runs: Sequence[Episodes]) -> EpisodeTable:
    """Returns the only table given as it is, and of records the table that they make."""
    if len(runs) == 1 and isinstance(runs[0], EpisodeTable):
        return runs[0]
    return EpisodeTable.of_runs([_records(run) for run in runs])


def _records(run: Episodes) -> Records:
    if isinstance(run, EpisodeTable):
        raise MismatchedRecordsError("a table holds every training seed: give one, or sequences of records")
    return run
