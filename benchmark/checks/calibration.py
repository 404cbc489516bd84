"""Calibration: how often intervals hold the truth.

Intervals of a rate are checked by adding up all outcomes, everything else by simulation of whole records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from ilbench.runs.record import EpisodeRecord, Times
from ilbench.scores.comparison.comparison import Comparison, compare
from ilbench.scores.returns import mean_return
from ilbench.scores.statistics.bootstrap import FloatArray
from ilbench.scores.statistics.estimate import CONFIDENCE, Estimate
from ilbench.scores.statistics.intervals import INTERVALS
from ilbench.scores.success import success_rate

SIZES = (20, 50, 200)
RATES = (0.05, 0.5, 0.95)
SEEDS = (3, 5, 10)
SEED_DEVIATION = 0.05
"""Standard deviation of the simulated success rates over training seeds."""
CORRELATION = 0.5
"""Share of the episodes in which the simulated policies have their luck in common."""

_TIMES = Times(env_s=0.0, policy_s=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """One row: a frequency that was found, beside the one that was promised.

    Attributes:
        what: ``coverage``.
        of: What was checked.
        method: How the interval or the test is made.
        num_episodes: Episodes, of each training seed.
        num_seeds: Training seeds of each policy.
        rate: True success rate.
        nominal: What was promised.
        found: How often it was so.
        num_trials: Simulated trials; None where all outcomes were added up.
    """

    what: str
    of: str
    method: str
    num_episodes: int
    num_seeds: int
    rate: float
    nominal: float
    found: float
    num_trials: int | None


def rate_coverage(sizes: Sequence[int] = SIZES, rates: Sequence[float] = RATES) -> Iterator[Calibration]:
    """Yields the coverage of each interval of `ilbench.scores.statistics.intervals`, exactly.

    Args:
        sizes: Numbers of episodes.
        rates: True success rates.
    """
    for name, interval in INTERVALS.items():
        for n in sizes:
            found = [interval(k, n, CONFIDENCE) for k in range(n + 1)]
            for rate in rates:
                held = np.array([one.low <= rate <= one.high for one in found])
                chances = _binomial(n, rate)
                yield _row("coverage", "success rate", name, n, 1, rate, float(chances @ held), None)


def simulated_coverage(
    num_trials: int, rng: np.random.Generator, sizes: Sequence[int] = SIZES, rates: Sequence[float] = RATES
) -> Iterator[Calibration]:
    """Yields the coverage of the intervals that resample: over training seeds, of pairs, of returns.

    Args:
        num_trials: Simulated evaluations a row.
        rng: Draws them.
        sizes: Numbers of episodes.
        rates: True success rates; those over training seeds vary around them by `SEED_DEVIATION`.
    """
    n = sizes[-1]
    for rate in rates:
        for size in sizes:
            make = partial(_difference, rng, size, rate)
            yield _coverage("difference of success", make, 0.0, size, 1, rate, num_trials)
        for seeds in SEEDS:
            make = partial(_rate, rng, n, seeds, rate)
            yield _coverage("success over training seeds", make, rate, n, seeds, rate, num_trials)
    for size in sizes:
        make = partial(_returns, rng, size)
        yield _coverage("mean of exponential returns", make, 1.0, size, 1, 0.0, num_trials)


def _row(
    what: str, of: str, method: str, n: int, seeds: int, rate: float, found: float, trials: int | None
) -> Calibration:
    return Calibration(
        what=what,
        of=of,
        method=method,
        num_episodes=n,
        num_seeds=seeds,
        rate=rate,
        nominal=CONFIDENCE,
        found=found,
        num_trials=trials,
    )


def _coverage(
    of: str, make: Callable[[], Estimate], truth: float, n: int, seeds: int, rate: float, num_trials: int
) -> Calibration:
    found = [make() for _ in range(num_trials)]
    share = float(np.mean([one.low <= truth <= one.high for one in found]))
    return _row("coverage", of, found[0].method, n, seeds, rate, share, num_trials)


def _binomial(n: int, rate: float) -> FloatArray:
    """Returns the probability of 0 to n successes, shape (n + 1,)."""
    from scipy.special import gammaln, xlog1py, xlogy

    k = np.arange(n + 1)
    logarithm = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) + xlogy(k, rate) + xlog1py(n - k, -rate)
    return np.asarray(np.exp(logarithm))


def _compare(rng: np.random.Generator, n: int, rate: float, seeds: int = 1) -> Comparison:
    """Returns the comparison of two methods with the same success rate."""
    if seeds == 1:
        runs = _play(rng, n, np.full(2, rate))
        return compare(runs[:1], runs[1:])
    runs = _play_seeds(rng, n, 2 * seeds, rate)
    return compare(runs[:seeds], runs[seeds:])


def _difference(rng: np.random.Generator, n: int, rate: float) -> Estimate:
    return _compare(rng, n, rate).difference


def _rate(rng: np.random.Generator, n: int, seeds: int, rate: float) -> Estimate:
    return success_rate(*_play_seeds(rng, n, seeds, rate))


def _play_seeds(rng: np.random.Generator, n: int, seeds: int, rate: float) -> list[list[EpisodeRecord]]:
    """Returns the records of training seeds whose rates follow a beta distribution around `rate`."""
    weight = rate * (1 - rate) / SEED_DEVIATION**2 - 1
    return _play(rng, n, rng.beta(rate * weight, (1 - rate) * weight, seeds))


def _play(rng: np.random.Generator, n: int, rates: FloatArray) -> list[list[EpisodeRecord]]:
    """Returns records of policies with these rates on the same n contexts, partly with common luck."""
    common, own = rng.random(n), rng.random((len(rates), n))
    luck = np.where(rng.random((len(rates), n)) < np.sqrt(CORRELATION), common, own)
    return [[_record(i, bool(s), float(s)) for i, s in enumerate(row)] for row in luck < rates[:, None]]


def _returns(rng: np.random.Generator, n: int) -> Estimate:
    return mean_return([_record(i, False, float(x)) for i, x in enumerate(rng.exponential(size=n))])


def _record(context: int, success: bool, episode_return: float) -> EpisodeRecord:
    return EpisodeRecord.model_construct(
        task="simulated/episodes-v1",
        split="test",
        context=context,
        repeat=0,
        env_seed=context,
        policy_seed=0,
        initial_digest=None,
        status="ok",
        reason=None,
        success=success,
        episode_return=episode_return,
        length=1,
        terminated=success,
        truncated=not success,
        mode=None,
        action_digest="",
        times=_TIMES,
    )
