"""Comparison of the runs of two policies."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace

from ilbench.errors import ILBenchWarning
from ilbench.runs.run_like import RunLike
from ilbench.scores.comparison.policy_comparison import PolicyComparison, compare_policies
from ilbench.scores.comparison.repeated import find_repeated
from ilbench.scores.episode_table import MismatchedRecordsError
from ilbench.scores.runs import records_by_seed


class MixedProtocolsWarning(ILBenchWarning):
    """Runs of several versions of the protocol, side by side."""


def compare_runs(
    first: Sequence[RunLike], second: Sequence[RunLike], *, splits: Sequence[str] | None = None
) -> PolicyComparison:
    """Returns the comparison of two policies on everything that both have played.

    Args:
        first: The runs of the first policy, of one or several training seeds and tasks.
        second: Those of the second.
        splits: Only these splits; all if None. Each more makes every p-value larger.

    Raises:
        EmptyScoreError: They have no episode in common.
        MismatchedRecordsError: See `check_comparable` and `compare_policies`.
        OverlappingRunsError: Two runs of one training seed hold the same task and split.

    Warns:
        MixedProtocolsWarning: The runs are of several versions of the protocol.
    """
    check_comparable(first, second)
    found = compare_policies(records_by_seed(first), records_by_seed(second), splits=splits)
    return replace(found, repeated=find_repeated(first, second))


def check_comparable(first: Sequence[RunLike], second: Sequence[RunLike]) -> None:
    """Checks that all runs were made under one spec of each task.

    Raises:
        MismatchedRecordsError: They were not, so equal identities are not the same episodes.

    Warns:
        MixedProtocolsWarning: Their protocols differ: the episodes begin alike, but a policy was told its
            seed in another way.
    """
    protocols = sorted({run.header.protocol for run in (*first, *second)})
    if len(protocols) > 1:
        warnings.warn(
            f"the runs are of the protocols {' and '.join(protocols)}; under protocol 1 a policy could tell "
            "its episode by the seed that it was told",
            MixedProtocolsWarning,
            stacklevel=3,
        )
    specs: dict[str, set[str]] = {}
    for run in (*first, *second):
        for task, digest in run.header.tasks.items():
            specs.setdefault(task, set()).add(digest)
    changed = sorted(task for task, digests in specs.items() if len(digests) > 1)
    if changed:
        raise MismatchedRecordsError(
            f"the runs were made under different specs of {', '.join(changed)}, so their episodes are not "
            "the same; play both with one version of the task and its packages"
        )
