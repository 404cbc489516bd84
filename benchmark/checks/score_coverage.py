"""Coverage of every other interval that is printed: whole tables of episodes are made up and scored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ilbench.checks.rate_coverage import CHOSEN, Coverage, count
from ilbench.checks.simulated_policies import Layout, draw_outcomes, draw_rates
from ilbench.scores.diversity.divergence import mode_divergence
from ilbench.scores.diversity.entropy import plug_in_entropy
from ilbench.scores.diversity.modes import behavior_entropy
from ilbench.scores.episode_table import NO_MODE, EpisodeTable
from ilbench.scores.generalization.rates import rates_of
from ilbench.scores.generalization.shifts import severity_area
from ilbench.scores.returns import mean_return
from ilbench.scores.statistics.aggregates import aggregate, probability_of_improvement
from ilbench.scores.statistics.bootstrap import FloatArray
from ilbench.scores.statistics.estimate import Estimate, mean
from ilbench.scores.success import success_rate
from ilbench.scores.time_to_success import time_to_success

DESIGNS = ((20, 1), (30, 4), (30, 16))
RATES = (0.2, 0.5, 0.95)
SEEDS = (1, 3, 5)
CORRELATION = 0.3
DEVIATION = 0.1
NUM_TASKS = 5
MODE_SHARES: Mapping[str, FloatArray] = MappingProxyType(
    {
        "4 uniform modes": np.full(4, 1 / 4),
        "24 uniform modes": np.full(24, 1 / 24),
        "24 modes, one of 90 %": np.r_[0.9, np.full(23, 0.1 / 23)],
        "6 geometric modes": 0.5 ** np.arange(1, 7) / (1 - 0.5**6),
    }
)

Draw: TypeAlias = Callable[[np.random.Generator, Layout], Estimate | None]
"""One simulated evaluation: the estimate, or None where the score is not defined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A score whose truth is known.

    Attributes:
        score: What it is called.
        draw: Makes an evaluation up and scores it.
        truth: The truth in a layout.
    """

    score: str
    draw: Draw
    truth: Callable[[Layout], float]


def score_layouts() -> Iterator[Layout]:
    """Yields the layouts of `cases`: fewer than of the success rate, for these are scored one by one."""
    for seeds in SEEDS:
        for contexts, repeats in DESIGNS:
            for rate in RATES:
                yield Layout(
                    contexts=contexts,
                    repeats=repeats,
                    seeds=seeds,
                    rate=rate,
                    correlation=CORRELATION,
                    deviation=DEVIATION if seeds > 1 else 0.0,
                )


def score_coverage(
    grid: Iterable[Layout], num_trials: int, rng: np.random.Generator
) -> Iterator[tuple[Coverage, ...]]:
    """Yields the coverage of each of `cases`, a layout at a time.

    Args:
        grid: The layouts.
        num_trials: Simulated evaluations of each.
        rng: Draws them.
    """
    for layout in grid:
        rows = []
        for case in cases():
            found = [one for _ in range(num_trials) if (one := case.draw(rng, layout)) is not None]
            ends = np.array([one.low for one in found]), np.array([one.high for one in found])
            if len(found) > num_trials / 2:
                rows.append(count(case.score, layout, CHOSEN, ends, case.truth(layout)))
        yield tuple(rows)


def cases() -> Sequence[Case]:
    """Returns the scores that are made up."""
    return (
        Case(score="return, exponential", draw=_exponential, truth=lambda layout: 1.0),
        Case(score="return, sparse", draw=_sparse, truth=lambda layout: 0.75 * layout.rate),
        Case(score="time to success", draw=_steps, truth=lambda layout: 40.0),
        Case(score="gap", draw=_gap, truth=lambda layout: 0.0),
        Case(score="retention", draw=_retention, truth=lambda layout: 1.0),
        Case(score="drop", draw=_drop, truth=lambda layout: 0.3 * layout.rate),
        Case(score="area under severity", draw=_area, truth=lambda layout: 0.7 * layout.rate),
        Case(score="mean over tasks", draw=_mean, truth=lambda layout: layout.rate),
        Case(score="aggregate mean", draw=_aggregate, truth=lambda layout: layout.rate),
        Case(score="probability of improvement", draw=_improvement, truth=lambda layout: 0.5),
        *(
            Case(score=f"entropy, {name}", draw=_entropy(shares), truth=_entropy_of(shares))
            for name, shares in MODE_SHARES.items()
        ),
        *(
            Case(score=f"divergence (JS), {name}", draw=_divergence(shares), truth=lambda layout: 0.0)
            for name, shares in list(MODE_SHARES.items())[:1]
        ),
    )


def make_table(
    layout: Layout, successes: FloatArray, split: str = "test", **columns: NDArray[Any]
) -> EpisodeTable:
    """Returns episodes of a made-up policy.

    Args:
        layout: What was played.
        successes: 1.0 for each success, shape (S, C, R).
        split: Name of the split.
        **columns: Further columns of that shape; actions always differ.
    """
    places = [axis.ravel() for axis in np.indices(successes.shape)]
    numbers, success = np.arange(successes.size), successes.ravel()
    given: dict[str, Any] = {name: column.ravel() for name, column in columns.items()}
    table = EpisodeTable(
        splits=(("simulated/episodes-v1", split),),
        split=np.zeros_like(numbers),
        seed=places[0],
        context=places[1],
        repeat=places[2],
        env_seed=numbers,
        is_scored=np.ones(len(numbers), dtype=np.bool_),
        is_fault=np.zeros(len(numbers), dtype=np.bool_),
        success=success,
        final_success=success,
        episode_return=success,
        length=np.ones_like(numbers),
        mode=np.full_like(numbers, NO_MODE),
        actions=numbers,
    )
    return replace(table, **given)


def _play(rng: np.random.Generator, layout: Layout, rates: FloatArray | None = None) -> FloatArray:
    """Returns outcomes of shape (S, C, R)."""
    given = draw_rates(rng, layout, 1)[0] if rates is None else rates
    return draw_outcomes(rng, np.repeat(given[..., None], layout.repeats, axis=-1), 1)


def _levels(rng: np.random.Generator, layout: Layout) -> FloatArray:
    """Returns positive numbers of mean 1, alike on a context and skewed, shape (S, C, R)."""
    contexts = rng.gamma(2.0, 0.5, (1, layout.contexts, 1))
    seeds = 1 + rng.normal(0, layout.deviation, (layout.seeds, 1, 1))
    own = rng.exponential(size=(layout.seeds, layout.contexts, layout.repeats))
    return np.asarray(seeds * contexts * own)


def _exponential(rng: np.random.Generator, layout: Layout) -> Estimate:
    return mean_return(make_table(layout, _play(rng, layout), episode_return=_levels(rng, layout)))


def _sparse(rng: np.random.Generator, layout: Layout) -> Estimate:
    outcomes = _play(rng, layout)
    returns = outcomes * (0.5 + 0.5 * rng.random(outcomes.shape))
    return mean_return(make_table(layout, outcomes, episode_return=returns), known=(0.0, 0.75))


def _steps(rng: np.random.Generator, layout: Layout) -> Estimate | None:
    outcomes = _play(rng, layout)
    if not outcomes.any():
        return None
    contexts = rng.gamma(16.0, 1 / 16, (1, layout.contexts, 1))
    steps = 40 * contexts * rng.gamma(16.0, 1 / 16, outcomes.shape)
    table = make_table(layout, outcomes, length=np.maximum(1, np.round(steps)).astype(np.int64))
    return time_to_success(table).mean


def _two_splits(rng: np.random.Generator, layout: Layout) -> tuple[EpisodeTable, EpisodeTable]:
    """Returns two splits of other contexts on which each training seed is equally good."""
    wide = replace(layout, contexts=2 * layout.contexts)
    outcomes = _play(rng, wide, draw_rates(rng, wide, 1)[0])
    first, second = np.split(outcomes, 2, axis=1)
    return make_table(layout, first, "train"), make_table(layout, second)


def _gap(rng: np.random.Generator, layout: Layout) -> Estimate:
    return rates_of(*_two_splits(rng, layout)).difference()


def _retention(rng: np.random.Generator, layout: Layout) -> Estimate | None:
    return rates_of(*_two_splits(rng, layout)).retention()


def _kept(rng: np.random.Generator, layout: Layout, shares: Sequence[float]) -> list[EpisodeTable]:
    """Returns one split for each share of success that is kept, all on the same contexts."""
    rates = draw_rates(rng, layout, 1)[0]
    return [make_table(layout, _play(rng, layout, share * rates), f"shift/{share}") for share in shares]


def _drop(rng: np.random.Generator, layout: Layout) -> Estimate:
    return rates_of(*_kept(rng, layout, (1.0, 0.7)), is_paired=True).difference()


def _area(rng: np.random.Generator, layout: Layout) -> Estimate:
    tables = _kept(rng, layout, (1.0, 0.7, 0.4))
    rates = {at: success_rate(table) for at, table in enumerate(tables)}
    pairs = ((i, j) for j in range(3) for i in range(j))
    correlation = {(i, j): rates_of(tables[i], tables[j], is_paired=True).correlation for i, j in pairs}
    return severity_area(rates, correlation)


def _mean(rng: np.random.Generator, layout: Layout) -> Estimate:
    return mean([success_rate(make_table(layout, _play(rng, layout))) for _ in range(NUM_TASKS)])


def _aggregate(rng: np.random.Generator, layout: Layout) -> Estimate:
    outcomes = [_play(rng, layout) for _ in range(NUM_TASKS)]
    means = [success_rate(make_table(layout, one)) for one in outcomes]
    return aggregate([one.mean(axis=(1, 2)) for one in outcomes], means=means).mean


def _improvement(rng: np.random.Generator, layout: Layout) -> Estimate | None:
    """Returns the probability that a training seed exceeds one of another set, on the same contexts."""
    if layout.seeds == 1:
        return None
    both = replace(layout, seeds=2 * layout.seeds)
    rates = [_play(rng, both).mean(axis=(1, 2)) for _ in range(NUM_TASKS)]
    return probability_of_improvement(
        [one[: layout.seeds] for one in rates], [one[layout.seeds :] for one in rates]
    )


def _modes(rng: np.random.Generator, layout: Layout, shares: FloatArray) -> EpisodeTable:
    outcomes = _play(rng, layout)
    modes = rng.choice(len(shares), outcomes.shape, p=shares)
    return make_table(layout, outcomes, mode=modes)


def _entropy(shares: FloatArray) -> Draw:
    def draw(rng: np.random.Generator, layout: Layout) -> Estimate | None:
        table = _modes(rng, layout, shares)
        return behavior_entropy(table, num_modes=len(shares)) if table.success.any() else None

    return draw


def _entropy_of(shares: FloatArray) -> Callable[[Layout], float]:
    return lambda layout: float(plug_in_entropy(shares))


def _divergence(shares: FloatArray) -> Draw:
    def draw(rng: np.random.Generator, layout: Layout) -> Estimate | None:
        table = _modes(rng, layout, shares)
        if not table.success.any():
            return None
        reference = {mode: 1000 * share for mode, share in enumerate(shares)}
        shown = {mode: int(number) for mode, number in reference.items()}
        return mode_divergence(table, num_modes=len(shares), demonstrations=shown).js

    return draw
