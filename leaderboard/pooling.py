"""Pooling: which runs are one row. The same episodes twice are one; others than the same make rows apart."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path, PurePath
from typing import TypeAlias

from ilbench.runs.record import EpisodeRecord
from ilbench.runs.run_like import RunLike
from ilbench.scores.runs import in_seed_order

Key: TypeAlias = tuple[str, str, bool, str, str, str | None]
"""What makes runs one row: name, kind, whether a reference, protocol, preset, why not ranked."""

Records: TypeAlias = list[EpisodeRecord]
_Blocks: TypeAlias = dict[int | None, dict[tuple[str, str], Records]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Runs that are one row.

    Attributes:
        key: What they have in common.
        runs: The runs, by training seed.
        records: The records of each training seed, on the tasks that were asked for, each episode once.
        folder: Where they lie, as far as it tells them from others of the same key; else empty.
    """

    key: Key
    runs: tuple[RunLike, ...]
    records: tuple[Records, ...]
    folder: str = ""


def pool(groups: Mapping[Key, Sequence[RunLike]], tasks: Collection[str]) -> list[Pool]:
    """Returns the rows that runs make; the order of the runs does not matter.

    Runs of one key that hold the same task and split with the same training seed are one row as long as all
    that they both hold is the same, times aside. Otherwise those of each folder make a row of their own, and
    where even that holds both, each run does.

    Args:
        groups: The runs of each key.
        tasks: Only records of these tasks.
    """
    return [one for key, runs in groups.items() for one in _pools(key, sorted(runs, key=_place), tasks)]


def _pools(key: Key, runs: Sequence[RunLike], tasks: Collection[str]) -> list[Pool]:
    whole = _pooled(key, runs, tasks)
    if whole is not None:
        return [whole]
    found: list[tuple[Pool, Path]] = []
    for folder, part in groupby(runs, key=lambda run: run.path.parent):
        members = list(part)
        together = _pooled(key, members, tasks)
        if together is not None:
            found.append((together, folder))
        else:
            alone = ((_pooled(key, [run], tasks), run.path) for run in members)
            found += [(one, path) for one, path in alone if one is not None]
    names = _tails([path for _, path in found])
    return [replace(one, folder=name) for (one, _), name in zip(found, names, strict=True)]


def _pooled(key: Key, runs: Sequence[RunLike], tasks: Collection[str]) -> Pool | None:
    """Returns the runs as one row, or None if two of them contradict each other."""
    by_seed: _Blocks = {}
    ordered = in_seed_order(runs)
    for run in ordered:
        blocks = by_seed.setdefault(run.header.submission.training_seed, {})
        for name, records in _blocks(run, tasks):
            if name not in blocks:
                blocks[name] = records
            elif not _are_same(blocks[name], records):
                return None
    of_seeds = tuple([one for block in blocks.values() for one in block] for blocks in by_seed.values())
    return Pool(key=key, runs=tuple(ordered), records=of_seeds)


def _blocks(run: RunLike, tasks: Collection[str]) -> Iterator[tuple[tuple[str, str], Records]]:
    blocks: dict[tuple[str, str], Records] = {}
    for record in run.records:
        if record.task in tasks:
            blocks.setdefault((record.task, record.split), []).append(record)
    yield from blocks.items()


def _are_same(first: Records, second: Records) -> bool:
    if len(first) != len(second):
        return False
    contents = ({record.id: record.content(times=False) for record in records} for records in (first, second))
    return next(contents) == next(contents)


def _place(run: RunLike) -> tuple[str, str, str]:
    return str(run.path.parent), run.path.name, run.header.submission.digest


def _tails(paths: Sequence[PurePath]) -> list[str]:
    """Returns the ends of paths, as short as they differ; the same path again gets a number."""
    longest = max(len(path.parts) for path in paths)
    for length in range(1, longest + 1):
        tails = ["/".join(path.parts[-length:]) for path in paths]
        if len(set(tails)) == len(set(paths)):
            break
    return [
        tail if tails.count(tail) == 1 else f"{tail}, {1 + tails[:place].count(tail)}"
        for place, tail in enumerate(tails)
    ]
