"""Whether two sides of a comparison played the same episodes at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from ilbench.scores.statistics.bootstrap import MismatchedRecordsError


class WithTasks(Protocol):
    """A run's header, as far as it is looked at here."""

    @property
    def tasks(self) -> Mapping[str, str]:
        """Spec digest of each task."""


def check_same_specs(headers: Iterable[WithTasks]) -> None:
    """Checks that runs were made under one spec of each task.

    Raises:
        MismatchedRecordsError: Two were not, so that equal contexts are not equal episodes.
    """
    specs: dict[str, set[str]] = {}
    for header in headers:
        for task, digest in header.tasks.items():
            specs.setdefault(task, set()).add(digest)
    changed = sorted(task for task, digests in specs.items() if len(digests) > 1)
    if changed:
        raise MismatchedRecordsError(
            f"the runs were made under different specs of {', '.join(changed)}, so their episodes are not "
            "the same; play both with one version of the task and its packages"
        )
