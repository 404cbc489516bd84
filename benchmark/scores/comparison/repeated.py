"""Repeated: runs of one policy, or of one training, on two sides of a comparison."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ilbench.runs.run_like import HeaderLike, RunLike


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """A run of the second side that repeats one of the first.

    Attributes:
        what: ``policy``: the same weights and code, by their digest, or a submission of the same name and
            training seed with equal records throughout (its digest may be of more tasks). ``training``: such
            a submission whose records differ: it has other weights, so a difference is none of methods.
        training_seed: Of both, where it is known.
        num_equal: Common episodes whose records are equal, times left out.
        num_common: Common episodes.
        differing: In what the two headers differ that may be the reason: name, first, second.
    """

    what: Literal["policy", "training"]
    training_seed: int | None
    num_equal: int
    num_common: int
    differing: tuple[tuple[str, str, str], ...]


def find_repeated(first: Sequence[RunLike], second: Sequence[RunLike]) -> tuple[Repeated, ...]:
    """Returns the runs of the second side that repeat one of the first on at least one episode."""
    pairs = ((one, other, _what(one.header, other.header)) for one in first for other in second)
    found = (_repeated(one, other, what) for one, other, what in pairs if what is not None)
    return tuple(one for one in found if one.num_common)


def _what(first: HeaderLike, second: HeaderLike) -> Literal["policy", "training"] | None:
    one, other = first.submission, second.submission
    if one.digest == other.digest:
        return "policy"
    is_one_training = one.training_seed is not None and one.training_seed == other.training_seed
    return "training" if is_one_training and one.name == other.name else None


def _repeated(first: RunLike, second: RunLike, what: Literal["policy", "training"]) -> Repeated:
    played = {record.id: record for record in first.records}
    common = [(played[record.id], record) for record in second.records if record.id in played]
    equal = [one.content(times=False) == other.content(times=False) for one, other in common]
    return Repeated(
        what="policy" if all(equal) else what,
        training_seed=first.header.submission.training_seed,
        num_equal=sum(equal),
        num_common=len(common),
        differing=tuple(_differing(first.header, second.header)),
    )


def _differing(first: HeaderLike, second: HeaderLike) -> Iterator[tuple[str, str, str]]:
    if first.arithmetic != second.arithmetic:
        yield "arithmetic", first.arithmetic or "not noted", second.arithmetic or "not noted"
    for one, other in ((first.machine, second.machine), (first.packages, second.packages)):
        for name in sorted(one.keys() & other.keys()):
            if one[name] != other[name]:
                yield name, one[name], other[name]
