"""Power: how many episodes and training seeds it takes to see a difference of success rates.

Two-sided tests. With z of the significance and of the power, and rates p and q at a distance d = p - q.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist

from ilbench.errors import ILBenchError
from ilbench.scores.comparison.comparison import cohens_h
from ilbench.scores.comparison.sequential import SIGNIFICANCE

POWER = 0.8
MAX_SEEDS = 10_000


class ImpossiblePlanError(ILBenchError):
    """A difference that no rates have, or that no number of episodes shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What is to be seen: two success rates and how alike their outcomes are.

    Attributes:
        first: Success rate of the better policy.
        second: That of the other.
        correlation: Of their outcomes in the same episode (phi), in [-1, 1]; 0 where pairing is of no use.
        significance: Probability of calling equal policies different.
        power: Probability of calling these different.
    """

    first: float
    second: float
    correlation: float = 0.0
    significance: float = SIGNIFICANCE
    power: float = POWER

    @property
    def difference(self) -> float:
        """First less second."""
        return self.first - self.second

    @property
    def discordance(self) -> float:
        """Share of the episodes in which one succeeds and the other does not."""
        p, q = self.first, self.second
        covariance = self.correlation * sqrt(p * (1 - p) * q * (1 - q))
        return p * (1 - q) + q * (1 - p) - 2 * covariance

    @property
    def quantiles(self) -> tuple[float, float]:
        """Quantiles of the standard normal: two-sided at the significance, and at the power."""
        normal = NormalDist()
        return normal.inv_cdf(1 - self.significance / 2), normal.inv_cdf(self.power)


def make_effect(
    difference: float,
    *,
    rate: float = 0.5,
    correlation: float = 0.0,
    significance: float = SIGNIFICANCE,
    power: float = POWER,
) -> Effect:
    """Returns the effect of a policy that succeeds at `rate` and another that does by `difference` more.

    Args:
        difference: In (0, 1 - `rate`].
        rate: Success rate of the worse policy, in [0, 1).
        correlation: Of the outcomes in the same episode.
        significance: Of a two-sided test, in (0, 1).
        power: In (0, 1), above `significance`.

    Raises:
        ImpossiblePlanError: There are no such rates, or their outcomes cannot be so correlated.
    """
    if not (0 <= rate < 1 and 0 < difference <= 1 - rate):
        raise ImpossiblePlanError(
            f"no policy succeeds with {rate:g} + {difference:g}; the difference must be above 0 and the sum "
            "at most 1"
        )
    if not 0 < significance < power < 1:
        raise ImpossiblePlanError(
            f"the power must lie between the significance {significance:g} and 1, not at {power:g}"
        )
    effect = Effect(
        first=rate + difference,
        second=rate,
        correlation=correlation,
        significance=significance,
        power=power,
    )
    low, high = correlation_range(effect.first, effect.second)
    if not low - 1e-9 <= correlation <= high + 1e-9:
        raise ImpossiblePlanError(
            f"outcomes with rates {effect.first:g} and {rate:g} have a correlation between {low:.3f} and "
            f"{high:.3f}, not {correlation:g}"
        )
    return effect


def correlation_range(first: float, second: float) -> tuple[float, float]:
    """Returns the least and the greatest correlation of two outcomes with these rates (Fréchet's bounds)."""
    scale = sqrt(first * (1 - first) * second * (1 - second))
    if not scale:
        return 0.0, 0.0
    least = max(0.0, first + second - 1) - first * second
    return least / scale, (min(first, second) - first * second) / scale


def unpaired_episodes(effect: Effect) -> int:
    """Returns the episodes that each policy needs where the two play different ones.

    ``2 (z_a + z_b)^2 / h^2`` with Cohen's h (Cohen 1988, Statistical Power Analysis for the Behavioral
    Sciences, chapter 6): the arcsine makes the variance nearly the same at every rate.
    """
    return _up(2 * (sum(effect.quantiles) / cohens_h(effect.first, effect.second)) ** 2)


def paired_episodes(effect: Effect) -> int:
    """Returns the common episodes that McNemar's test needs, each played by both.

    ``(z_a sqrt(s) + z_b sqrt(s - d^2))^2 / d^2`` with the share s of discordant episodes (Connor 1987,
    Biometrics 43, 207-211). The exact test needs a few more where discordant episodes are few.
    """
    level, power = effect.quantiles
    share = effect.discordance
    root = level * sqrt(share) + power * sqrt(max(0.0, share - effect.difference**2))
    return _up((root / effect.difference) ** 2)


def training_seeds(effect: Effect, seed_deviation: float, num_episodes: int) -> int:
    """Returns the training seeds that each method needs, every one playing `num_episodes`, the same for all.

    The rate of a training seed varies by ``v = seed_deviation^2 + p (1 - p) / num_episodes``, so Welch's test
    has the variance ``(v_p + v_q) / S`` and needs ``S >= (t_a + t_b)^2 (v_p + v_q) / d^2``, with quantiles of
    Student's t with 2 (S - 1) degrees of freedom (Chow, Shao and Wang 2008, Sample Size Calculations in
    Clinical Research, 3.2). Contexts in common make it fewer; that is not counted on.

    Args:
        effect: What is to be seen.
        seed_deviation: Standard deviation of the true success rate over training seeds, in [0, 0.5].
        num_episodes: Episodes that each training seed plays.

    Raises:
        ImpossiblePlanError: It takes more than `MAX_SEEDS`.
    """
    from scipy.special import stdtrit

    p, q = effect.first, effect.second
    variance = 2 * seed_deviation**2 + (p * (1 - p) + q * (1 - q)) / num_episodes
    for seeds in range(2, MAX_SEEDS + 1):
        freedom = 2 * (seeds - 1)
        quantiles = stdtrit(freedom, 1 - effect.significance / 2) + stdtrit(freedom, effect.power)
        if seeds * effect.difference**2 >= quantiles**2 * variance:
            return seeds
    raise ImpossiblePlanError(
        f"a difference of {effect.difference:g} takes over {MAX_SEEDS} training seeds where the rate of one "
        f"varies by {seed_deviation:g}; look for a larger difference"
    )


def episodes_per_seed(effect: Effect, seed_deviation: float, num_seeds: int) -> int:
    """Returns the episodes that each of `num_seeds` training seeds must play; `training_seeds` the other way.

    Raises:
        ImpossiblePlanError: The training seeds vary too much: no number of episodes makes up for too few.
    """
    from scipy.special import stdtrit

    if num_seeds < 2:
        raise ImpossiblePlanError("methods are compared over two or more training seeds each")
    freedom = 2 * (num_seeds - 1)
    quantiles = float(stdtrit(freedom, 1 - effect.significance / 2) + stdtrit(freedom, effect.power))
    left = num_seeds * effect.difference**2 / quantiles**2 - 2 * seed_deviation**2
    if left <= 0:
        needed = training_seeds(effect, seed_deviation, 10**9)
        raise ImpossiblePlanError(
            f"with {num_seeds} training seeds, whose rate varies by {seed_deviation:g}, no number of "
            f"episodes shows a difference of {effect.difference:g}; train at least {needed}"
        )
    p, q = effect.first, effect.second
    return _up((p * (1 - p) + q * (1 - q)) / left)


def _up(number: float) -> int:
    """Returns the next whole number, a rounding error above one not counted."""
    return max(1, ceil(number - 1e-9))
