"""The runs of one submission, by training seed."""

from __future__ import annotations

from collections.abc import Sequence

from ilbench.errors import ILBenchError
from ilbench.runs.record import EpisodeRecord
from ilbench.runs.run_like import RunLike


class OverlappingRunsError(ILBenchError):
    """Two runs hold the same episodes of one submission and training seed."""


def in_seed_order(runs: Sequence[RunLike]) -> list[RunLike]:
    """Returns the runs by training seed, those without one first."""

    def seed(run: RunLike) -> int:
        found = run.header.submission.training_seed
        return -1 if found is None else found

    return sorted(runs, key=seed)


def records_by_seed(runs: Sequence[RunLike]) -> list[list[EpisodeRecord]]:
    """Returns the records of each training seed of one submission, in their order.

    Raises:
        OverlappingRunsError: Two runs of one seed hold the same task and split.
    """
    by_seed: dict[int | None, list[EpisodeRecord]] = {}
    owner: dict[tuple[int | None, str, str], RunLike] = {}
    for run in in_seed_order(runs):
        sub = run.header.submission
        for task, split in sorted({(record.task, record.split) for record in run.records}):
            other = owner.setdefault((sub.training_seed, task, split), run)
            if other is not run:
                raise OverlappingRunsError(
                    f"{other.path} and {run.path} both hold {task} {split} of {sub.name!r} with training "
                    f"seed {sub.training_seed}; give one of them, or name the submissions differently"
                )
        by_seed.setdefault(sub.training_seed, []).extend(run.records)
    return list(by_seed.values())
