"""A test that may be looked at after every episode: when a comparison could have been called."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log

import numpy as np
from numpy.typing import ArrayLike

from ilbench.scores.statistics.bootstrap import FloatArray

SIGNIFICANCE = 0.05
MAX_DISCORDANT = 1_000_000
"""Beyond so many discordant units no expectation is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SequentialTest:
    """What a sequential test says of two policies.

    Attributes:
        p_value: Valid at whatever moment one stops, in (0, 1].
        called_after: Common episodes after which it was first at most the significance; None if not yet.
        more_expected: Further common episodes after which it is expected to be, should the rest go like those
            played; None if called, or if no number of them is in sight.
        num_discordant: Units (contexts with their repeats) in which the policies differed.
    """

    p_value: float
    called_after: int | None
    more_expected: int | None
    num_discordant: int


def sequential_test(
    differences: ArrayLike, num_episodes: ArrayLike, *, significance: float = SIGNIFICANCE
) -> SequentialTest:
    """Returns the sequential sign test of paired differences in the order of their contexts.

    Without a difference between the policies each discordant unit favors either with probability 1/2. Bets
    on the next one are made by Laplace's rule; the wealth after k of t is ``2^t B(k + 1, t - k + 1)``, which
    no one expects to grow. By the inequality of Ville (1939) it ever reaches 1 / significance with at most
    that probability, however often one looks (Ramdas et al. 2023, Statistical Science 38, 576-601).
    Only signs count, so with several repeats a context it may miss what `sign_flip_test` finds.

    Args:
        differences: First minus second, one a unit, in the order in which the units are played.
        num_episodes: Common episodes that each unit holds.
        significance: Probability of calling two equal policies different, ever.
    """
    signs = np.sign(np.asarray(differences, dtype=np.float64))
    played = np.cumsum(np.asarray(num_episodes, dtype=np.int64))
    places = np.flatnonzero(signs)
    wealth = log_wealth(np.cumsum(signs[places] > 0), np.arange(1, len(places) + 1))
    crossed = np.flatnonzero(wealth >= -log(significance))
    called = int(played[places[crossed[0]]]) if crossed.size else None
    won = int((signs > 0).sum())
    more = None
    if called is None and places.size:
        needed = expected_discordant(max(won, len(places) - won) / len(places), significance)
        more = _more(needed, len(places), int(played[-1]))
    return SequentialTest(
        p_value=float(np.exp(-max(0.0, wealth.max(initial=0.0)))),
        called_after=called,
        more_expected=more,
        num_discordant=len(places),
    )


def log_wealth(num_won: ArrayLike, num_units: ArrayLike) -> FloatArray:
    """Returns the logarithm of the wealth after so many discordant units, so many of them won."""
    from scipy.special import betaln

    won, units = (np.asarray(a, dtype=np.float64) for a in (num_won, num_units))
    return np.asarray(units * log(2) + betaln(won + 1, units - won + 1))


def expected_discordant(share_won: float, significance: float = SIGNIFICANCE) -> int | None:
    """Returns after how many discordant units the test calls, should the better win exactly this share.

    None at 1/2, and where it takes more than `MAX_DISCORDANT`.
    """

    def is_called(count: int) -> bool:
        wealth = log_wealth(share_won * count, count)
        return bool(wealth >= -log(significance))

    if share_won <= 0.5 or not is_called(MAX_DISCORDANT):
        return None
    low, high = 0, MAX_DISCORDANT
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_called(middle) else (middle, high)
    return high


def _more(needed: int | None, num_discordant: int, num_episodes: int) -> int | None:
    if needed is None:
        return None
    return max(1, ceil((needed - num_discordant) * num_episodes / num_discordant))
