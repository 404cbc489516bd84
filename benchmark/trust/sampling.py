"""Which episodes a verifier plays again, and what a cheat could hide from that many."""

from __future__ import annotations

import hashlib
import heapq
import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np

from ilbench.runs.record import EpisodeRecord

FOUND_OUT = 0.95
"""Probability with which changes are said to be found out."""


class Stratum(NamedTuple):
    """The episodes of one split of one task.

    Attributes:
        num_episodes: How many there are.
        num_drawn: How many are played again.
    """

    num_episodes: int
    num_drawn: int


def draw_episodes(
    records: Sequence[EpisodeRecord], count: int, secret: str
) -> tuple[list[EpisodeRecord], list[Stratum]]:
    """Returns `count` records, or all there are, and how they are spread over the splits.

    Each split of each task gives as many as its size allows it, at least one where `count` reaches; within it
    all are equally likely, by the secret alone: who made the run cannot have known which.
    """
    blocks = [list(block) for _, block in groupby(records, key=lambda record: (record.task, record.split))]
    digest = hashlib.sha256(f"episodes|{secret}".encode()).digest()
    rng = np.random.default_rng(list(digest))
    shares = _shares([len(block) for block in blocks], min(count, len(records)), rng)
    drawn = [
        block[index]
        for block, share in zip(blocks, shares, strict=True)
        for index in sorted(rng.choice(len(block), share, replace=False).tolist())
    ]
    return drawn, [Stratum(len(block), share) for block, share in zip(blocks, shares, strict=True)]


def miss_probability(num_episodes: int, num_drawn: int, num_changed: int) -> float:
    """Returns how likely `num_drawn` of `num_episodes` episodes are none of the changed ones.

    The hypergeometric probability of no hit, ``C(N - M, K) / C(N, K)``. It is that of changes at random
    places; see `hidden` for those of a cheat who knows how episodes are drawn.
    """
    if num_changed + num_drawn > num_episodes:
        return 0.0
    logarithms = (
        math.log1p(-num_drawn / (num_episodes - already)) if num_drawn < num_episodes - already else -math.inf
        for already in range(num_changed)
    )
    return math.exp(sum(logarithms))


def hidden(strata: Sequence[Stratum]) -> Iterator[float]:
    """Yields how likely 1, 2, 3, … changed episodes are not found out, placed where that is likeliest.

    Each further change goes where it adds the least risk, ``log(1 - k / (n - m))`` in a split of n episodes,
    of which k are drawn and m changed; since that only grows with m, no other placing is better.
    """
    heap = [(_risk(stratum, 0), index, 0) for index, stratum in enumerate(strata)]
    heapq.heapify(heap)
    total = 0.0
    while heap:
        risk, index, changed = heapq.heappop(heap)
        total += risk
        yield math.exp(-total)
        if changed + 1 < strata[index].num_episodes:
            heapq.heappush(heap, (_risk(strata[index], changed + 1), index, changed + 1))


def found_out_from(strata: Sequence[Stratum]) -> float | None:
    """Returns the least share of changed episodes that is found out with `FOUND_OUT`, wherever they are.

    None where even a run of which every episode is changed may pass.
    """
    total = sum(stratum.num_episodes for stratum in strata)
    for number, probability in enumerate(hidden(strata), start=1):
        if probability <= 1 - FOUND_OUT:
            return number / total
    return None


def _risk(stratum: Stratum, changed: int) -> float:
    left = stratum.num_episodes - changed
    return -math.log1p(-stratum.num_drawn / left) if stratum.num_drawn < left else math.inf


def _shares(sizes: Sequence[int], count: int, rng: np.random.Generator) -> list[int]:
    """Returns how many of each stratum are drawn: in proportion, one at least as far as `count` reaches."""
    total = sum(sizes)
    order = rng.permutation(len(sizes)).tolist()
    shares = [0] * len(sizes)
    for index in order[:count]:
        shares[index] = 1
    while sum(shares) < count:
        lacking = [
            count * size / total - share if share < size else -math.inf
            for size, share in zip(sizes, shares, strict=True)
        ]
        shares[max(order, key=lambda index: lacking[index])] += 1
    return shares
