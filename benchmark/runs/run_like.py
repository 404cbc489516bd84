"""What others need of a run: `ilbench.runs.folder.Run` has it, and so may a value in a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from ilbench.contract.carried import CarriedTask
from ilbench.runs.attempts import History
from ilbench.runs.record import EpisodeRecord
from ilbench.runs.submission_info import Served


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

    @property
    def details(self) -> Mapping[str, str]:
        """What it says of itself: authors, license, training data, code, observation, as far as it does."""


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

    @property
    def packages(self) -> Mapping[str, str]:
        """Version of each package that can change a number."""

    @property
    def arithmetic(self) -> str | None:
        """How simulators and policy computed, see `ilbench.arithmetic`; None where it was not noted."""

    @property
    def machine(self) -> Mapping[str, str]:
        """Where it ran; may be empty."""

    @property
    def created(self) -> str:
        """UTC time of the start, ISO 8601."""

    @property
    def sandbox(self) -> str:
        """What the policy's process was kept in; ``none`` for no sandbox."""

    @property
    def served(self) -> Served | None:
        """What the server of a remote policy said of itself."""

    @property
    def undeclared(self) -> Mapping[str, CarriedTask]:
        """Of the tasks that no installed package declared, what it takes to score them; may be empty."""


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
    def history(self) -> History:
        """How the records came about."""

    @property
    def complete(self) -> bool:
        """Whether every planned episode has a record."""
