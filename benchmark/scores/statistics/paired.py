"""Paired rates: two policies, or two splits, on the same episodes."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

from ilbench.scores.statistics.bootstrap import FloatArray
from ilbench.scores.statistics.estimate import CONFIDENCE, Estimate, difference
from ilbench.scores.statistics.intervals import wilson


def paired_newcombe(first: FloatArray, second: FloatArray, confidence: float = CONFIDENCE) -> Estimate:
    """Returns the difference of two rates on the same episodes, with Newcombe's interval for pairs.

    Method 10 of Newcombe (1998, Statistics in Medicine 17, 2635-2650): Wilson's intervals of both rates, put
    together with the correlation of the outcomes. It has a width even where no pair is discordant. n is the
    number of episodes.

    Args:
        first: Outcome of each episode in [0, 1], shape (E,); means over training seeds may lie between.
        second: The same for the other side.
        confidence: Of the interval.
    """
    one, other = paired_rates(first, second, confidence)
    found = difference(one, other, outcome_correlation(first, second))
    return replace(found, n=len(first), method="Newcombe, paired")


def paired_rates(
    first: FloatArray, second: FloatArray, confidence: float = CONFIDENCE
) -> tuple[Estimate, Estimate]:
    """Returns the rates of both sides with Wilson's intervals."""
    one, other = (wilson(float(side.sum()), len(side), confidence) for side in (first, second))
    return one, other


def outcome_correlation(first: FloatArray, second: FloatArray) -> float:
    """Returns the correlation of the outcomes in [0, 1] of the same episodes, see `paired_correlation`."""
    return paired_correlation(
        float(first @ second),
        float(first @ (1 - second)),
        float((1 - first) @ second),
        float((1 - first) @ (1 - second)),
    )


def paired_correlation(both: float, only_first: float, only_second: float, neither: float) -> float:
    """Returns the correlation phi of two binary outcomes on common episodes, as Newcombe (1998) corrects it.

    A positive numerator is lowered by n / 2, to no less than 0, for phi from few pairs overstates what is
    gained by pairing. 0 where an outcome never varies. Counts need not be whole: an episode whose outcome is
    a mean over training seeds counts in parts.
    """
    n = both + only_first + only_second + neither
    scale = (both + only_first) * (only_second + neither) * (both + only_second) * (only_first + neither)
    if scale == 0:
        return 0.0
    top = both * neither - only_first * only_second
    return (max(0.0, top - n / 2) if top > 0 else top) / sqrt(scale)
