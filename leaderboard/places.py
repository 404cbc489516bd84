"""Places: which ranks the three scores give a row, and which rows no other is better than."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ilbench.leaderboard.row import SCORES, Means, Place, ScoreName
from ilbench.leaderboard.standing import Standing
from ilbench.scores import Estimate


def find_places(means: Sequence[Means], standing: Sequence[Standing]) -> list[Mapping[ScoreName, Place]]:
    """Returns where each row's scores place it among the ranked; a score that a row lacks places it nowhere.

    Args:
        means: The scores of each ranked row.
        standing: What tests say of each row's success.
    """
    placed: list[dict[ScoreName, Place]] = [{} for _ in means]
    for score in SCORES:
        values = [one.of(score) for one in means]
        for place, value, (interval, group) in zip(placed, values, standing, strict=True):
            if value is not None:
                others = [other for other in values if other is not None]
                place[score] = Place(
                    rank=1 + sum(other.value > value.value for other in others),
                    interval=interval if score == "success" else _interval(value, others),
                    group=group if score == "success" else None,
                )
    return [dict(place) for place in placed]


def find_front(means: Sequence[Means]) -> list[bool]:
    """Returns of each row whether it is on the Pareto front of the three scores.

    A row beats another where it is shown to be better in one score, the intervals lying apart, and worse in
    none; a score that a row lacks is below any. On the front is what no row beats, directly or by way of
    others, unless it beats that row too. So a front is never empty, and a policy that fails alike everywhere
    is not on it for losing nothing.
    """
    size = len(means)
    above = np.array([[_beats(one, other) for other in means] for one in means], np.bool_).reshape(size, size)
    reached = _closure(above)
    return [bool(np.all(reached[row] | ~reached[:, row])) for row in range(size)]


def _interval(value: Estimate, others: Sequence[Estimate]) -> tuple[int, int] | None:
    """Returns the ranks that intervals which lie apart leave to a row, itself among `others`."""
    if len(others) < 2:
        return None
    better = sum(other.low > value.high for other in others)
    worse = sum(other.high < value.low for other in others)
    return 1 + better, len(others) - worse


def _beats(one: Means, other: Means) -> bool:
    pairs = [(one.of(score), other.of(score)) for score in SCORES]
    return any(_is_above(a, b) for a, b in pairs) and not any(_is_above(b, a) for a, b in pairs)


def _is_above(one: Estimate | None, other: Estimate | None) -> bool:
    if one is None:
        return False
    return other is None or one.low > other.high


def _closure(above: NDArray[np.bool_]) -> NDArray[np.bool_]:
    reached = above.copy()
    for middle in range(len(above)):
        reached |= np.outer(reached[:, middle], reached[middle])
    return reached
