"""What scores need of a run: `ilbench.runs.folder.Run` has it, and so may a value in a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from ilbench.errors import ILBenchError
from ilbench.runs.record import EpisodeRecord


class OverlappingRunsError(ILBenchError):
    """Two runs hold the same episodes of one submission and training seed."""


class SubmissionLike(Protocol):
    """What was scored; see `ilbench.runs.folder.SubmissionInfo`."""

    @property
    def name(self) -> str:
        """Shown in tables; chosen by others, so never trusted as markup."""

    @property
    def kind(self) -> str:
        """``baseline``, ``folder`` or ``object``."""

    @property
    def digest(self) -> str:
        """Equal digests mean equal policies."""

    @property
    def training_seed(self) -> int | None:
        """Seed of the training, where known."""

    @property
    def privileged(self) -> bool:
        """Whether it may look into the simulator."""


class HeaderLike(Protocol):
    """What was fixed before the first episode; see `ilbench.runs.folder.RunHeader`."""

    @property
    def submission(self) -> SubmissionLike:
        """What was scored."""

    @property
    def preset(self) -> str:
        """How much of each split was run."""

    @property
    def protocol(self) -> str:
        """Version of the evaluation protocol."""

    @property
    def tasks(self) -> Mapping[str, str]:
        """Spec digest of each task."""


class RunLike(Protocol):
    """A run: header and records."""

    @property
    def path(self) -> Path:
        """Where it lies, for messages."""

    @property
    def header(self) -> HeaderLike:
        """What was run."""

    @property
    def records(self) -> Sequence[EpisodeRecord]:
        """One record an episode."""

    @property
    def complete(self) -> bool:
        """Whether every planned episode has a record."""


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
