"""Generalization: what is lost from the contexts of the demonstrations to held-out ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ilbench.scores.episode_table import Episodes
from ilbench.scores.statistics.estimate import CONFIDENCE, Estimate, UndefinedScoreError, difference, ratio
from ilbench.scores.success import success_rate

TRAIN = "train"


@dataclass(frozen=True, slots=True, kw_only=True)
class Generalization:
    """From the ``train`` split to another one.

    Attributes:
        split: The other split: ``test`` or ``shift/<name>``.
        gap: Success rate on ``train`` minus that on `split`, in [-1, 1].
        retention: Success rate on `split` over that on ``train``; None where ``train`` has no success.
    """

    split: str
    gap: Estimate
    retention: Estimate | None


def generalization_gap(train: Episodes, held_out: Episodes, *, confidence: float = CONFIDENCE) -> Estimate:
    """Returns the success rate on `train` minus that on `held_out`, in [-1, 1], with Newcombe's interval.

    A gap near 0 is good only beside a high rate: a policy that always fails has none.

    Raises:
        EmptyScoreError: One of the two has no episode left to score.
    """
    return difference(
        success_rate(train, confidence=confidence), success_rate(held_out, confidence=confidence)
    )


def score_generalization(success: Mapping[str, Estimate]) -> tuple[Generalization, ...]:
    """Returns the gap to every other split, in their order; empty without a ``train`` split.

    Args:
        success: Success rate by split.
    """
    if TRAIN not in success:
        return ()
    train = success[TRAIN]
    return tuple(
        Generalization(split=split, gap=difference(train, rate), retention=_retention(train, rate))
        for split, rate in success.items()
        if split != TRAIN
    )


def _retention(train: Estimate, held_out: Estimate) -> Estimate | None:
    try:
        return ratio(held_out, train)
    except UndefinedScoreError:
        return None
