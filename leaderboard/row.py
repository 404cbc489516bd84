"""A row of the leaderboard: one submission, its three scores and where they place it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ilbench.leaderboard.admission import HEADLINE
from ilbench.leaderboard.evidence import Evidence
from ilbench.runs.attestation import Rung
from ilbench.scores import Estimate, SplitScores, TaskScores

ScoreName: TypeAlias = Literal["success", "diversity", "generalization"]

SCORES: tuple[ScoreName, ...] = ("success", "diversity", "generalization")
"""The three scores, in the order in which they are shown; of each, more is better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """The three scores over some tasks, each None where it is not defined on all of them.

    Attributes:
        success: Mean success rate on held-out contexts, in [0, 1].
        diversity: Mean behavior entropy over the tasks that have modes, in [0, 1]; a task without a success
            counts as 0, and without any success at all there is none.
        generalization: Mean success on held-out contexts over mean success on ``train``, at least 0: 1 loses
            nothing. None where nothing succeeds on ``train``: a policy that always fails loses nothing, and
            has nothing.
        under_shifts: Mean success under shifts over mean success on ``test``, of the tasks with shifts.
        num_shifted_tasks: How many these are.
    """

    success: Estimate | None = None
    diversity: Estimate | None = None
    generalization: Estimate | None = None
    under_shifts: Estimate | None = None
    num_shifted_tasks: int = 0

    def of(self, score: ScoreName) -> Estimate | None:
        """Returns one of the three."""
        return {
            "success": self.success,
            "diversity": self.diversity,
            "generalization": self.generalization,
        }[score]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one score places a row.

    Attributes:
        rank: Position by the score, equal values sharing the better one.
        interval: The best and the worst rank that it may have; None where it is alone.
        group: Letters, one shared with every row that it was not told apart from; None where nobody tested.
    """

    rank: int
    interval: tuple[int, int] | None
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModesFound:
    """How many ways a row's successes show, over the tasks of the board that have modes.

    Attributes:
        found: Modes found, summed over these tasks; a mean over training seeds may be no whole.
        total: Modes that these tasks have.
        one_way: The tasks that it solves, often enough to tell, in one way only.
    """

    found: float
    total: int
    one_way: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One submission, all its training seeds together.

    Attributes:
        name: The submission's own name: foreign text, as it was given.
        label: The name as it is shown: one printable line, unlike the label of any other row of the board.
            It is text: each format escapes it.
        kind: ``baseline``, ``folder`` or ``object``.
        is_reference: It may look into the simulator: shown for comparison, never ranked.
        protocol: Version of the evaluation protocol; the label says it where it is not the newest.
        preset: How much of each split was run.
        folder: Where its runs lie, if others of the same name and episodes with other records are given.
        unranked_reason: Why it is not ranked; None where it is, or is a reference.
        is_incomplete: Whether all that keeps it from being ranked is a task of the board, or a split, that it
            lacks.
        digests: Digests of the policies, one a training seed, in their order.
        scores: Scores by task, in the board's order.
        num_tasks: How many of the board's tasks it has with all their splits.
        mean: The three scores over the board's tasks.
        suite_means: The same over those of each suite, where there are several.
        places: Where each of its scores places it; empty where it is not ranked.
        is_on_front: No other ranked row is shown to be better in a score without being shown worse in one.
        modes: None on a board without modes.
        policy_step_s: Seconds of the policy a control step, on held-out contexts; None where nobody measured.
        evidence: How far it can be believed, and who says so.
        played: UTC time at which the last of its runs began, ISO 8601.
        sayings: What it says of itself, see `ilbench.leaderboard.sayings`.
        replayed: Which of its episodes were played more than once, a line for each run with such.
    """

    name: str
    label: str = field(repr=False)  # derived from the names of the board, and so no content of a file
    kind: str
    is_reference: bool
    protocol: str
    preset: str
    folder: str
    unranked_reason: str | None
    is_incomplete: bool
    digests: tuple[str, ...]
    scores: Mapping[str, TaskScores]
    num_tasks: int
    mean: Means
    suite_means: Mapping[str, Means]
    places: Mapping[ScoreName, Place] = field(default_factory=dict)
    is_on_front: bool = False
    modes: ModesFound | None
    policy_step_s: float | None
    evidence: Evidence
    played: str = ""
    sayings: Mapping[str, str] = field(default_factory=dict)
    replayed: tuple[str, ...] = ()

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

    @property
    def speaks_of(self) -> Literal["policy", "method"]:
        """Whether its intervals are about one trained policy, or about the method that trained several."""
        if self.mean_success is not None:
            return self.mean_success.speaks_of
        return "method" if self.training_seeds[0] > 1 else "policy"

    @property
    def verification(self) -> Rung:
        """How far it can be believed."""
        return self.evidence.rung

    @property
    def mean_success(self) -> Estimate | None:
        """Mean success: what the board is ordered by."""
        return self.mean.success

    @property
    def rank(self) -> int | None:
        """Position by mean success."""
        place = self.places.get("success")
        return place.rank if place else None

    @property
    def rank_interval(self) -> tuple[int, int] | None:
        """The best and the worst rank by mean success."""
        place = self.places.get("success")
        return place.interval if place else None

    @property
    def group(self) -> str | None:
        """Letters of the rows that success did not tell it apart from."""
        place = self.places.get("success")
        return place.group if place else None
