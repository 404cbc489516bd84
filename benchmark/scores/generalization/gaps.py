"""Generalization: what is lost from the contexts of the demonstrations to held-out ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ilbench.scores.episode_table import Episodes, EpisodeTable, as_table
from ilbench.scores.generalization.rates import Rates, rates_of
from ilbench.scores.statistics.estimate import CONFIDENCE, Estimate

TRAIN = "train"


@dataclass(frozen=True, slots=True, kw_only=True)
class Generalization:
    """From the ``train`` split to another one; only training seeds count that have played both.

    Attributes:
        split: The other split: ``test`` or ``shift/<name>``.
        gap: Success rate on ``train`` minus that on `split`, in [-1, 1].
        retention: Success rate on `split` over that on ``train``; None where ``train`` has no success.
        on_train: Success rate of these training seeds on ``train``.
        on_split: The same on `split`.
    """

    split: str
    gap: Estimate
    retention: Estimate | None
    on_train: Estimate
    on_split: Estimate


def generalization_gap(train: Episodes, held_out: Episodes, *, confidence: float = CONFIDENCE) -> Estimate:
    """Returns the success rate on `train` minus that on `held_out`, in [-1, 1], with Newcombe's interval.

    Tables of several training seeds are compared on those that both hold, whose effect cancels as far as a
    seed that is good on the one is good on the other. A gap near 0 is good only beside a high rate: a policy
    that always fails has none.

    Raises:
        EmptyScoreError: One of the two has no episode left to score, or they have no training seed in common.
    """
    return rates_of(as_table([train]), as_table([held_out]), confidence=confidence).difference()


def score_generalization(by_split: Mapping[str, EpisodeTable]) -> tuple[Generalization, ...]:
    """Returns the gap to every other split, in their order; empty without a ``train`` split.

    A split that was played by other training seeds than ``train`` is left out.

    Args:
        by_split: Episodes by split; only splits that have a scored episode.
    """
    if TRAIN not in by_split:
        return ()
    train = by_split[TRAIN]
    seeds = set(train.scored().seeds.tolist())
    return tuple(
        _generalization(split, rates_of(train, table))
        for split, table in by_split.items()
        if split != TRAIN and seeds & set(table.scored().seeds.tolist())
    )


def _generalization(split: str, rates: Rates) -> Generalization:
    return Generalization(
        split=split,
        gap=rates.difference(),
        retention=rates.retention(),
        on_train=rates.first,
        on_split=rates.second,
    )
