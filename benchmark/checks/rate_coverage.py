"""Coverage of the success rate's interval over all that is played, beside what else could be printed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from ilbench.checks.simulated_policies import Layout, draw_cells
from ilbench.scores.statistics.bootstrap import FloatArray
from ilbench.scores.statistics.estimate import CONFIDENCE, normal_quantile
from ilbench.scores.statistics.intervals import wilson_ends
from ilbench.scores.statistics.spread import Cells, find_parts, find_spread, satterthwaite

Ends: TypeAlias = tuple[FloatArray, FloatArray]

CHOSEN = "printed"
BEFORE = "before"
FEWEST = 0.92
"""An interval covers where it holds the truth at least so often."""
NUM_RESAMPLES = 200
NUM_RESAMPLED = 100
"""Trials that are resampled: what is resampled is slow, and no candidate any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What became of a score's interval in one layout.

    Attributes:
        score: Of what.
        layout: Of what policy.
        method: How the interval is made: `CHOSEN` is what is printed.
        coverage: How often it held the truth.
        width: Its mean width.
        num_trials: Simulated evaluations.
    """

    score: str
    layout: Layout
    method: str
    coverage: float
    width: float
    num_trials: int


def printed(cells: Cells) -> Ends:
    """Returns the interval of a rate that `ilbench.scores.bounded.share` gives."""
    spread = find_spread(cells)
    return wilson_ends(cells.mean(), spread.size, _student(spread.freedom))


def over_episodes(cells: Cells) -> Ends:
    """Returns Wilson's interval over all episodes, which takes them for independent."""
    size = cells.counts.sum(axis=(-2, -1))
    return wilson_ends(cells.mean(), size, np.full(size.shape, normal_quantile(CONFIDENCE)))


def over_contexts(cells: Cells) -> Ends:
    """Returns Wilson's interval over contexts, as if their repeats told nothing."""
    size: FloatArray = np.full(cells.most.shape, float(cells.sums.shape[-1]))
    return wilson_ends(cells.mean(), size, _student(size - 1.0))


def over_seeds(cells: Cells) -> Ends:
    """Returns Student's interval over the training seeds' rates."""
    rates = cells.sums.sum(axis=-1) / cells.counts.sum(axis=-1)
    number = rates.shape[-1]
    half = _student(number - 1.0) * rates.std(axis=-1, ddof=1) / np.sqrt(number)
    return np.maximum(0.0, cells.mean() - half), np.minimum(1.0, cells.mean() + half)


def two_way(cells: Cells) -> Ends:
    """Returns Wilson's interval with the design effect that was seen, whatever little was seen of it."""
    num_seeds, num_contexts = cells.sums.shape[-2:]
    unit = cells.mean() * (1 - cells.mean())
    parts = np.maximum(0.0, np.stack(find_parts(cells.residuals(), cells.residuals()), axis=-1))
    freedoms = np.broadcast_to(np.array([max(1.0, num_seeds - 1.0), num_contexts - 1.0]), parts.shape)
    least = unit / cells.most
    variance = np.maximum(parts.sum(axis=-1), least)
    size = np.where(unit > 0, unit / np.where(variance > 0, variance, 1.0), cells.most)
    freedom = np.where(parts.sum(axis=-1) > 0, satterthwaite(parts, freedoms), np.inf)
    return wilson_ends(cells.mean(), size, _student(freedom))


def resampled(cells: Cells) -> Ends:
    """Returns the pigeonhole bootstrap over training seeds and contexts, widened to Wilson's over episodes.

    It was printed for several training seeds; the first `NUM_RESAMPLED` trials alone are resampled.
    """
    rates = _resampled_rates(cells)
    low, high = np.quantile(rates, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=-1)
    pooled = over_episodes(cells)
    return np.minimum(low, pooled[0][: len(low)]), np.maximum(high, pooled[1][: len(high)])


def stretched(cells: Cells) -> Ends:
    """Returns the same bootstrap, its deviations stretched by ``sqrt(S / (S - 1)) t / z``."""
    rates, seeds = _resampled_rates(cells), cells.sums.shape[-2]
    factor = np.sqrt(seeds / (seeds - 1)) * _student(seeds - 1.0) / normal_quantile(CONFIDENCE)
    value = cells.mean()[: len(rates), None]
    ends = np.quantile(
        value + factor * (rates - value), [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=-1
    )
    return np.maximum(0.0, ends[0]), np.minimum(1.0, ends[1])


ONE_SEED: Mapping[str, Callable[[Cells], Ends]] = MappingProxyType(
    {CHOSEN: printed, BEFORE: over_episodes, "contexts": over_contexts, "design effect": two_way}
)
"""What could be printed of one training seed."""
SEVERAL_SEEDS: Mapping[str, Callable[[Cells], Ends]] = MappingProxyType(
    {
        CHOSEN: printed,
        BEFORE: resampled,
        "stretched bootstrap": stretched,
        "student over seeds": over_seeds,
        "two-way": two_way,
    }
)
"""What could be printed of several."""


def rate_coverage(
    grid: Iterable[Layout], num_trials: int, rng: np.random.Generator
) -> Iterator[tuple[Coverage, ...]]:
    """Yields the coverage of the success rate's interval and of its candidates, a layout at a time.

    Args:
        grid: The layouts.
        num_trials: Simulated evaluations of each; one where the rate is 0 or 1, and nothing varies.
        rng: Draws them.
    """
    for layout in grid:
        trials = num_trials if 0 < layout.rate < 1 else 1
        cells = draw_cells(rng, layout, trials)
        candidates = ONE_SEED if layout.seeds == 1 else SEVERAL_SEEDS
        yield tuple(
            count("success", layout, name, make(cells), layout.rate) for name, make in candidates.items()
        )


def count(score: str, layout: Layout, method: str, ends: Ends, truth: FloatArray | float) -> Coverage:
    """Returns how often intervals held the truth."""
    low, high = (np.atleast_1d(end) for end in ends)
    # A rate of 0 or 1 is held by an interval that ends there, whatever the last bit says.
    held = (low <= truth + 1e-9) & (truth - 1e-9 <= high)
    return Coverage(
        score=score,
        layout=layout,
        method=method,
        coverage=float(held.mean()),
        width=float((high - low).mean()),
        num_trials=len(low),
    )


def _student(freedom: FloatArray | float) -> FloatArray:
    from scipy.special import stdtrit

    return np.asarray(stdtrit(np.minimum(freedom, 1e9), 0.5 + CONFIDENCE / 2))


def _resampled_rates(cells: Cells) -> FloatArray:
    rng = np.random.default_rng(0)
    sums = cells.sums[:NUM_RESAMPLED]
    num_seeds, num_contexts = sums.shape[-2:]
    seeds, contexts = (
        rng.multinomial(size, np.full(size, 1 / size), NUM_RESAMPLES) / size
        for size in (num_seeds, num_contexts)
    )
    repeats = cells.counts[0, 0, 0]
    return np.asarray((np.matmul(sums / repeats, contexts.T) * seeds.T).sum(axis=-2))
