"""False positives: how often equal policies and equal methods are called different, by simulation.

Outcomes of a context with all its repeats are drawn at once, and so are all trials. What decides is what
`ilbench compare` and the leaderboard call.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import log
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from ilbench.scores.comparison.comparison import unit_means
from ilbench.scores.comparison.differences import SIGNIFICANCE, unit_differences
from ilbench.scores.comparison.paired_tests import holm, sign_flip_test
from ilbench.scores.comparison.sequential import log_wealth
from ilbench.scores.comparison.spread import Line, find_spread, speaks_of_methods
from ilbench.scores.statistics.bootstrap import FloatArray

Test: TypeAlias = Literal[
    "compare", "compare, all tasks", "rank letters", "sequential, success", "sequential, partial credit"
]
TESTS: tuple[Test, ...] = get_args(Test)

DESIGNS = ((20, 1), (30, 4), (60, 18), (200, 1), (30, 16), (1, 480))
"""Contexts and repeats that users meet."""
RATES = (0.05, 0.2, 0.5, 0.9)
CORRELATIONS = (0.0, 0.3, 1.0)
SEEDS = (1, 3, 5)
DEVIATIONS = (0.0, 0.15)

NUM_TASKS = 3
"""Tasks of the test over all of them."""
BOARD = 4
"""Policies that are ranked."""
PARTS = 4
"""Parts of an episode that count for partial credit."""
TOLERANCE = 0.06
"""A row above this is simulated again, with `AGAIN` times the trials: those count."""
AGAIN = 10
_CHUNK = 500
"""Trials that are drawn at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What is simulated: policies that are equal.

    Attributes:
        contexts: Contexts.
        repeats: Repeats of each.
        seeds: Training seeds of each policy.
        rate: Success rate.
        correlation: Of two repeats on one context (intra-class): 0 where contexts do not matter, 1 where the
            outcome depends on nothing else; between, it is that of a training seed of the mean rate.
        deviation: Standard deviation of the rate over training seeds.
    """

    contexts: int
    repeats: int
    seeds: int
    rate: float
    correlation: float
    deviation: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FalsePositives:
    """How often one test erred in one cell; the fields of `Cell`, and these.

    Attributes:
        test: Which test.
        speaks_of: What it says is equal: these policies, or the methods that trained them.
        nominal: How often it may err.
        found: How often it did.
        num_trials: Of so many trials.
    """

    test: Test
    speaks_of: Literal["policy", "method"]
    contexts: int
    repeats: int
    seeds: int
    rate: float
    correlation: float
    deviation: float
    nominal: float
    found: float
    num_trials: int


def cells() -> tuple[Cell, ...]:
    """Returns the whole grid; with one training seed the rates over seeds cannot vary."""
    return tuple(
        Cell(contexts=c, repeats=r, seeds=s, rate=rate, correlation=icc, deviation=deviation)
        for (c, r), rate, icc, s, deviation in product(DESIGNS, RATES, CORRELATIONS, SEEDS, DEVIATIONS)
        if s > 1 or deviation == 0
    )


def false_positives(
    num_trials: int, seed: int, grid: Sequence[Cell] | None = None
) -> Iterator[FalsePositives]:
    """Yields a row for every cell and test, the tests of a cell one after the other.

    Args:
        num_trials: Trials a row.
        seed: The same seed gives the same rows.
        grid: The cells; `cells` if None.
    """
    for place, cell in enumerate(cells() if grid is None else grid):
        for number, test in enumerate(TESTS):
            rng = np.random.default_rng([seed, place, number])
            trials, found = num_trials, find_errors(test, cell, num_trials, rng).mean()
            if found > TOLERANCE:
                trials = AGAIN * num_trials
                found = find_errors(test, cell, trials, rng).mean()
            yield FalsePositives(
                test=test,
                speaks_of="method" if cell.seeds > 1 and not test.startswith("sequential") else "policy",
                nominal=SIGNIFICANCE,
                found=float(found),
                num_trials=trials,
                **{name: getattr(cell, name) for name in Cell.__dataclass_fields__},
            )


def find_errors(test: Test, cell: Cell, num_trials: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Returns in which trials a test calls equal policies different, shape (`num_trials`,)."""
    sizes = [min(_CHUNK, num_trials - start) for start in range(0, num_trials, _CHUNK)]
    return np.concatenate([_ERRORS[test](cell, size, rng) for size in sizes])


def p_values(lines: Sequence[Line]) -> FloatArray:
    """Returns the p-values of many trials, as `ilbench.scores.comparison.differences.p_value` has them.

    Where one can only be above `SIGNIFICANCE` some value above it stands for it. That is known of a sum of
    random signs within one standard deviation: it is exceeded with a probability of at least 1/10
    (Oleszkiewicz 1996, Probability and Mathematical Statistics 16, 127-130). Where there is no test, 1.

    Args:
        lines: With one leading axis, the trials.
    """
    units = unit_differences(lines)
    found = find_spread(lines).p_value() if speaks_of_methods(lines) else np.zeros(len(units))
    if units.shape[1] == 1:
        return found if speaks_of_methods(lines) else np.ones(len(units))
    found[units.sum(axis=1) ** 2 <= (units**2).sum(axis=1)] = 1.0
    for trial in np.flatnonzero(found <= SIGNIFICANCE):
        found[trial] = max(found[trial], sign_flip_test(units[trial]))
    return found


def draw_rates(cell: Cell, shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
    """Returns success rates of training seeds: all the same, or from a beta distribution.

    Rates near 0 and 1 cannot vary as much as they might be asked to: then by 9/10 of the most that they can.
    """
    if cell.deviation == 0:
        return np.full(shape, cell.rate)
    variance = min(cell.deviation**2, 0.81 * cell.rate * (1 - cell.rate))
    weight = cell.rate * (1 - cell.rate) / variance - 1
    return rng.beta(cell.rate * weight, (1 - cell.rate) * weight, shape)


def draw_chances(cell: Cell, rates: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Returns the chances of each training seed on each context, shape (trials, policies, S, contexts).

    A beta distribution for each policy, of which every training seed's chances are moved towards 0 or towards
    1 as its rate asks: all find the same contexts hard. Policies find different ones hard, but for the only
    context: on that equal policies must be equally good.

    Args:
        cell: What is simulated.
        rates: Of each training seed, shape (trials, policies, S).
        rng: Draws the contexts.
    """
    num_trials, num_policies, num_seeds = rates.shape
    policies = num_policies if cell.contexts > 1 else 1
    wide = (num_trials, num_policies, num_seeds, cell.contexts)
    places = (num_trials, policies, 1, cell.contexts)
    if cell.correlation in (0.0, 1.0):
        chances = rates[..., None] if cell.correlation == 0 else rng.random(places) < rates[..., None]
        return np.broadcast_to(chances, wide).astype(np.float64)
    weight = 1 / cell.correlation - 1
    alike = rng.beta(cell.rate * weight, (1 - cell.rate) * weight, places)
    lowered = alike * np.minimum(1.0, rates / cell.rate)[..., None]
    raised = (1 - alike) * np.minimum(1.0, (1 - rates) / (1 - cell.rate))[..., None]
    return np.broadcast_to(np.where(rates[..., None] < cell.rate, lowered, 1 - raised), wide)


def draw_lines(
    cell: Cell, rates: FloatArray, rng: np.random.Generator, parts: int = 1, task: str = ""
) -> list[list[Line]]:
    """Returns the line of each pair of policies: a mapping by index, ``lines[i][j]`` for i < j.

    Args:
        cell: What is simulated.
        rates: Of each training seed, shape (trials, policies, S).
        rng: Draws contexts and episodes.
        parts: Of an episode, each of which succeeds or fails.
        task: Of the lines.
    """
    chances = draw_chances(cell, rates, rng)
    is_one = cell.contexts == 1 and cell.correlation < 1
    if is_one:  # the repeats of the only context are the units
        chances = np.repeat(chances, cell.repeats, axis=-1)
    repeats = 1 if is_one else cell.repeats
    sums = rng.binomial(parts * repeats, chances) / parts
    sizes, units = np.full(sums.shape[-1], float(repeats)), np.arange(sums.shape[-1])
    return [
        [Line(first=one, second=other, sizes=sizes, units=units, task=task) for other in sums.swapaxes(0, 1)]
        for one in sums.swapaxes(0, 1)
    ]


def _compare(cell: Cell, num_trials: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    rates = draw_rates(cell, (num_trials, 2, cell.seeds), rng)
    return p_values([draw_lines(cell, rates, rng)[0][1]]) <= SIGNIFICANCE


def _compare_tasks(cell: Cell, num_trials: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """One policy a training seed plays all tasks: it is as good on each, which makes it harder."""
    rates = draw_rates(cell, (num_trials, 2, cell.seeds), rng)
    lines = [draw_lines(cell, rates, rng, task=str(task))[0][1] for task in range(NUM_TASKS)]
    return p_values(lines) <= SIGNIFICANCE


def _rank(cell: Cell, num_trials: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    lines = draw_lines(cell, draw_rates(cell, (num_trials, BOARD, cell.seeds), rng), rng)
    pairs = [p_values([lines[i][j]]) for i, j in combinations(range(BOARD), 2)]
    return np.array([min(holm(trial)) <= SIGNIFICANCE for trial in np.transpose(pairs).tolist()])


def _sequential(cell: Cell, num_trials: int, rng: np.random.Generator, parts: int = 1) -> NDArray[np.bool_]:
    """It speaks of these policies, so the training seeds of both are equally good, one by one."""
    rates = np.repeat(draw_rates(cell, (num_trials, 1, cell.seeds), rng), 2, axis=1)
    differences = unit_means(draw_lines(cell, rates, rng, parts)[0][1])
    if differences.shape[1] == 1:
        return np.zeros(num_trials, dtype=np.bool_)
    rows = max(1, 20_000 // differences.shape[1])
    richest = [
        log_wealth(differences[start : start + rows]).max(axis=1) for start in range(0, num_trials, rows)
    ]
    return np.asarray(np.concatenate(richest) >= -log(SIGNIFICANCE))


def _sequential_credit(cell: Cell, num_trials: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    return _sequential(cell, num_trials, rng, PARTS)


_ERRORS = dict(zip(TESTS, (_compare, _compare_tasks, _rank, _sequential, _sequential_credit), strict=True))
