"""How far each entropy estimator is from the truth, by simulation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log
from statistics import fmean

import numpy as np

from ilbench.scores.diversity.entropy import ENTROPY_ESTIMATORS
from ilbench.scores.statistics.bootstrap import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class EntropyError:
    """The error of one estimator for one distribution over modes.

    Attributes:
        estimator: Its name in `ENTROPY_ESTIMATORS`.
        num_modes: K, which is also the logarithm's base.
        distribution: Its name in `mode_distributions`.
        num_episodes: Successes on the context.
        truth: The distribution's entropy in [0, 1].
        bias: Mean estimate less the truth.
        rmse: Root of the mean squared error.
        standard_error: Of `bias`, by the finite number of samples.
    """

    estimator: str
    num_modes: int
    distribution: str
    num_episodes: int
    truth: float
    bias: float
    rmse: float
    standard_error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EntropyErrorSummary:
    """The errors of one estimator over all distributions, for one number of episodes and of modes.

    Attributes:
        estimator: Its name.
        num_modes: K.
        num_episodes: Successes on the context.
        mean_bias: Mean over distributions of the bias without its sign.
        worst_bias: Largest of them.
        mean_rmse: Mean root mean squared error.
    """

    estimator: str
    num_modes: int
    num_episodes: int
    mean_bias: float
    worst_bias: float
    mean_rmse: float


def summarize_entropy_errors(errors: Iterable[EntropyError]) -> tuple[EntropyErrorSummary, ...]:
    """Returns one summary a number of modes, number of episodes and estimator, in this order of sorting."""
    groups: dict[tuple[int, int, str], list[EntropyError]] = {}
    for error in errors:
        groups.setdefault((error.num_modes, error.num_episodes, error.estimator), []).append(error)
    return tuple(
        EntropyErrorSummary(
            estimator=estimator,
            num_modes=num_modes,
            num_episodes=num_episodes,
            mean_bias=fmean(abs(error.bias) for error in group),
            worst_bias=max(abs(error.bias) for error in group),
            mean_rmse=fmean(error.rmse for error in group),
        )
        for (num_modes, num_episodes, estimator), group in sorted(groups.items())
    )


def mode_distributions(num_modes: int) -> Mapping[str, FloatArray]:
    """Returns distributions over modes by name, each of shape (K,) with sum 1.

    ``uniform``; ``half``: uniform over the first half of the modes, the others never shown; ``geometric``:
    each mode half as frequent as the one before; ``dominant``: 0.8 on one mode, the rest shared evenly;
    ``collapsed``: a single mode.
    """
    ranks = np.arange(num_modes)
    weights = {
        "uniform": np.ones(num_modes),
        "half": (ranks < max(1, num_modes // 2)).astype(np.float64),
        "geometric": 0.5**ranks,
        "dominant": np.where(ranks == 0, 0.8 * (num_modes - 1), 0.2),
        "collapsed": (ranks == 0).astype(np.float64),
    }
    if num_modes == 2:  # there, half the modes are a single one
        del weights["half"]
    return {name: values / values.sum() for name, values in weights.items()}


def simulate_entropy_errors(
    num_episodes: Sequence[int], num_modes: Sequence[int], num_samples: int, seed: int
) -> Iterator[EntropyError]:
    """Yields the error of every estimator for each number of episodes and modes and each distribution.

    Estimators see the same samples, so their differences are less noisy than each error.

    Args:
        num_episodes: Successes on a context.
        num_modes: Modes of the task.
        num_samples: Samples drawn in each cell; the bias is known to about ``0.2 / sqrt(num_samples)``.
        seed: Of the samples.
    """
    rng = np.random.default_rng(seed)
    for k in num_modes:
        for name, shares in mode_distributions(k).items():
            positive = shares[shares > 0]
            truth = float(abs((positive * np.log(positive)).sum())) / log(k)
            for n in num_episodes:
                counts = rng.multinomial(n, shares, size=num_samples).astype(np.float64)
                for estimator, estimate in ENTROPY_ESTIMATORS.items():
                    errors = estimate(counts) - truth
                    yield EntropyError(
                        estimator=estimator,
                        num_modes=k,
                        distribution=name,
                        num_episodes=n,
                        truth=truth,
                        bias=float(errors.mean()),
                        rmse=float(np.sqrt((errors**2).mean())),
                        standard_error=float(errors.std() / np.sqrt(num_samples)),
                    )
