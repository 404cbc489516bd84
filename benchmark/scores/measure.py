"""Measure: one score as a value. Every table, footnote, file and frame iterates these."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ilbench.scores.generalization.shifts import TEST
from ilbench.scores.statistics.estimate import Estimate
from ilbench.scores.task_scores import SplitScores, TaskScores

Unit: TypeAlias = Literal[
    "rate", "difference of rates", "ratio", "steps", "return", "entropy", "divergence", "probability", "count"
]
"""What a number is: rates and their differences are shown in percent where there is room for one number."""

LAST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Where a measure stands in a table.

    Attributes:
        place: Columns are sorted by it.
        heading: Above it; the measure's title if empty.
        split: The split whose score it shows, in tables that have one line a submission.
        is_shown: Whether the column is needed, given the scores that it would show; always if None.
        is_optional: Left out where there is little room, as in a paper.
    """

    place: int = LAST
    heading: str = ""
    split: str = TEST
    is_shown: Callable[[Sequence[SplitScores]], bool] | None = None
    is_optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One score of a split.

    A package adds its own by an entry point of the group ``ilbench.measures`` that leads to a `Measure`, or
    to several. It then stands in ``ilbench score``, in CSV, JSON and data frames, and where `columns` says.

    Attributes:
        name: Its name in files and data frames.
        title: What readers call it.
        unit: What the number is.
        range: The least and the greatest value it can have; None where there is no end.
        higher_is_better: None where neither end is.
        of: The score of a split, None where it is not defined. `SplitScores.episodes` holds the episodes.
        is_estimate: Whether `of` returns an `Estimate`, which has an interval and an n.
        counts_episodes: Whether n is the episodes played, of which each training seed has its share.
        needs_modes: Whether only tasks with behavior modes have it.
        beside: A measure that is written with it, such as the number of all in ``3 / 24``.
        note: How it is made: a footnote.
        in_scores: Its column in ``ilbench score``; None: not there.
        in_board: Its columns in the table of a task on the leaderboard.
        is_field: Whether the JSON of scores holds it already, as a field of `SplitScores` or `TaskScores`.
    """

    name: str
    title: str
    unit: Unit
    range: tuple[float | None, float | None]
    higher_is_better: bool | None
    of: Callable[[TaskScores, SplitScores], Estimate | float | None]
    is_estimate: bool = True
    counts_episodes: bool = True
    needs_modes: bool = False
    beside: Measure | None = None
    note: str = ""
    in_scores: Column | None = Column()
    in_board: tuple[Column, ...] = ()
    is_field: bool = False

    @property
    def is_share(self) -> bool:
        """Whether it lies in [0, 1], so that it can be drawn on a line of that length."""
        return self.range == (0, 1)

    @property
    def is_signed(self) -> bool:
        """Whether its sign says which of two is better."""
        return self.unit == "difference of rates"

    def estimate(self, task: TaskScores, split: SplitScores) -> Estimate | None:
        """Returns the score with its interval, None where it is not defined.

        Raises:
            TypeError: `of` returned a plain number, though `is_estimate` says otherwise.
        """
        value = self.of(task, split)
        if value is None or isinstance(value, Estimate):
            return value
        raise TypeError(f"measure {self.name!r} returned {value!r}; with is_estimate it must be an Estimate")

    def number(self, task: TaskScores, split: SplitScores) -> float | None:
        """Returns the value alone, None where it is not defined."""
        value = self.of(task, split)
        return value.value if isinstance(value, Estimate) else value
