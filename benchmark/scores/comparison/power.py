"""Power: how many contexts, repeats and training seeds it takes to see a difference of success rates.

Two-sided tests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil, sqrt
from statistics import NormalDist

import numpy as np

from ilbench.errors import ILBenchError
from ilbench.scores.comparison.comparison import cohens_h
from ilbench.scores.comparison.differences import POWER, SIGNIFICANCE
from ilbench.scores.comparison.spread import Spread

MAX_SEEDS = 10_000
MAX_CONTEXTS = 10_000_000


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

    ``2 (z_a + z_b)^2 / h^2``, with z of the significance and of the power and Cohen's h (Cohen 1988,
    Statistical Power Analysis for the Behavioral Sciences, chapter 6): the arcsine makes the variance nearly
    the same at every rate.
    """
    return _up(2 * (sum(effect.quantiles) / cohens_h(effect.first, effect.second)) ** 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is played.

    Attributes:
        contexts: Contexts, the same for both policies.
        repeats: Episodes of each training seed on each of them.
        within: How alike the differences of two repeats on one context are (intra-class correlation), in
            [0, 1]: at 1 repeats tell nothing new. Deterministic policies have 1.
        seeds: Training seeds of each policy. One compares two policies, more compare methods.
        seed_deviation: Standard deviation of the true success rate over training seeds, in [0, 0.5].
    """

    contexts: int
    repeats: int = 1
    within: float = 0.0
    seeds: int = 1
    seed_deviation: float = 0.0


def detectable_difference(
    plan: Plan,
    *,
    rate: float = 0.5,
    correlation: float = 0.0,
    significance: float = SIGNIFICANCE,
    power: float = POWER,
) -> float | None:
    """Returns the least difference that a plan shows, to a thousandth; None where no difference is enough.

    As `ilbench.scores.comparison.differences.detectable` says of a comparison that was made, with the
    variances found in it.

    Args:
        plan: What is played.
        rate: Success rate of the worse policy, in [0, 1).
        correlation: Of the outcomes in the same episode; where the rates allow no such, the nearest.
        significance: Of a two-sided test, in (0, 1).
        power: In (0, 1), above `significance`.

    Raises:
        ImpossiblePlanError: The rate or the power is none.
    """

    def shows(thousandths: int) -> bool:
        difference = thousandths / 1000
        least, most = correlation_range(rate + difference, rate)
        effect = make_effect(
            difference,
            rate=rate,
            correlation=min(max(correlation, least), most),
            significance=significance,
            power=power,
        )
        return _shows(plan, effect)

    found = _least(shows, 1, max(1, int(1000 * (1 - rate) + 1e-9)))
    return None if found is None else found / 1000


def needed_contexts(effect: Effect, plan: Plan) -> int:
    """Returns how many contexts it takes, with the repeats and training seeds of a plan.

    A difference of means over C contexts with R repeats and S training seeds each has the variance
    ``2 s^2 / S + v (w / C + (1 - w) / (C R S))``: s is the deviation over training seeds, w how alike repeats
    are, and v the variance of the difference in one episode. That is the share of discordant episodes where
    there is no difference, and the difference's square less where there is (Connor 1987, Biometrics 43,
    207-211). Quantiles are those of the test that `compare` makes.

    Raises:
        ImpossiblePlanError: It takes more than `MAX_CONTEXTS`: with few training seeds, that vary too much.
    """
    found = _least(lambda number: _shows(replace(plan, contexts=number), effect), 2, MAX_CONTEXTS)
    if found is None:
        raise ImpossiblePlanError(
            f"with {plan.seeds} training seeds, whose rate varies by {plan.seed_deviation:g}, no number of "
            f"contexts shows a difference of {effect.difference:g}; train at least "
            f"{needed_seeds(effect, replace(plan, contexts=MAX_CONTEXTS))}"
        )
    return found


def needed_seeds(effect: Effect, plan: Plan) -> int:
    """Returns how many training seeds of each method it takes, with the contexts and repeats of a plan.

    Raises:
        ImpossiblePlanError: It takes more than `MAX_SEEDS`: the contexts are too few, or all vary too much.
    """
    found = _least(lambda number: _shows(replace(plan, seeds=number), effect), 2, MAX_SEEDS)
    if found is None:
        raise ImpossiblePlanError(
            f"a difference of {effect.difference:g} takes over {MAX_SEEDS} training seeds on "
            f"{plan.contexts} contexts; play more contexts, or look for a larger difference"
        )
    return found


def _shows(plan: Plan, effect: Effect) -> bool:
    """Returns whether a plan sees a difference with the power that is wanted."""
    seeds = 2 * plan.seed_deviation**2 / plan.seeds if plan.seeds > 1 else 0.0
    each = plan.within / plan.contexts
    rest = (1 - plan.within) / (plan.contexts * plan.repeats * plan.seeds)
    alike, apart = (
        _spread(plan, seeds, each * variance, rest * variance)
        for variance in (effect.discordance, max(0.0, effect.discordance - effect.difference**2))
    )
    level = alike.quantile(1 - effect.significance / 2) * sqrt(alike.variance)
    return bool(level + apart.quantile(effect.power) * sqrt(apart.variance) <= effect.difference)


def _spread(plan: Plan, seeds: float, contexts: float, rest: float) -> Spread:
    """Returns the spread that is expected, see `ilbench.scores.comparison.spread.find_spread`."""
    variance = seeds + contexts + rest
    is_method = plan.seeds > 1 and variance > 0
    numbers = (variance, contexts / variance if is_method else 1.0, plan.contexts - 1, 2 * (plan.seeds - 1))
    variance_, share, of_contexts, of_seeds = (np.asarray(max(0.0, float(x))) for x in numbers)
    return Spread(
        difference=np.asarray(0.0),
        variance=variance_,
        share=share,
        of_contexts=np.maximum(of_contexts, 1.0),
        of_seeds=np.maximum(of_seeds, 1.0),
    )


def _least(is_enough: Callable[[int], bool], least: int, most: int) -> int | None:
    if not is_enough(most):
        return None
    while least < most:
        middle = (least + most) // 2
        least, most = (least, middle) if is_enough(middle) else (middle + 1, most)
    return most


def _up(number: float) -> int:
    """Returns the next whole number, a rounding error above one not counted."""
    return max(1, ceil(number - 1e-9))
