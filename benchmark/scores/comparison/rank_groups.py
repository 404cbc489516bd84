"""Ranks of policies that may not be told apart: intervals of ranks, and letters for groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from string import ascii_lowercase

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]


def rank_intervals(is_better: BoolArray) -> tuple[tuple[int, int], ...]:
    """Returns the best and the worst rank that each policy may have, 1 being the best.

    From one more than the number of policies shown to be better, to all less those shown to be worse. If the
    pairwise tests control the family-wise error, all intervals hold their rank at once (Mohamad, Goeman and
    van Zwet 2019).

    Args:
        is_better: Shape (K, K): whether the row's policy was shown to be better than the column's.
    """
    count = len(is_better)
    worse, better = is_better.sum(axis=0), is_better.sum(axis=1)
    return tuple((1 + int(lost), count - int(won)) for lost, won in zip(worse, better, strict=True))


def letters(is_better: BoolArray) -> tuple[str, ...]:
    """Returns each policy's letters: two share one if and only if they were not shown to differ.

    A compact letter display (Piepho 2004, Journal of Computational and Graphical Statistics 13, 456-466):
    a letter is a maximal clique of the policies not told apart, in the order of the policies given, so that
    the first has an ``a``.

    Args:
        is_better: Shape (K, K), as for `rank_intervals`.
    """
    together = ~(is_better | is_better.T)
    np.fill_diagonal(together, False)
    neighbors = [set(map(int, np.flatnonzero(row))) for row in together]
    cliques = sorted(
        sorted(clique) for clique in _cliques(set(), set(range(len(neighbors))), set(), neighbors)
    )
    names = [letter_name(i) for i in range(len(cliques))]
    return tuple(
        "".join(name for name, clique in zip(names, cliques, strict=True) if policy in clique)
        for policy in range(len(neighbors))
    )


def letter_name(index: int) -> str:
    """Returns ``a`` to ``z``, then ``a1`` to ``z1``, and so on."""
    turn, place = divmod(index, len(ascii_lowercase))
    return ascii_lowercase[place] + (str(turn) if turn else "")


def _cliques(
    chosen: set[int], candidates: set[int], excluded: set[int], neighbors: Sequence[set[int]]
) -> Iterator[set[int]]:
    """Yields the maximal cliques (Bron and Kerbosch 1973, with a pivot)."""
    if not candidates and not excluded:
        yield chosen
        return
    pivot = max(sorted(candidates | excluded), key=lambda i: len(neighbors[i] & candidates))
    for one in sorted(candidates - neighbors[pivot]):
        yield from _cliques(chosen | {one}, candidates & neighbors[one], excluded & neighbors[one], neighbors)
        candidates = candidates - {one}
        excluded = excluded | {one}
