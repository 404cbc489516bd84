"""The graded shifts of the D3IL suite: how many contexts they have, and which disturbances."""

from __future__ import annotations

from collections.abc import Sequence

from ilbench.contract.task import Task
from ilbench.tasks.d3il.scales import STATE_STD
from ilbench.tasks.disturbances import disturbed

SEVERITIES = (1, 2, 3, 4, 5)
NUM_SHIFTED = 30
"""Contexts in each shift split; the first `NUM_SHIFTED` test contexts, disturbed, or drawn anew."""

KINDS = ("sensor-noise", "action-delay", "physics")
"""Kinds of `ilbench.tasks.disturbances`: at the policy's senses, at its actions, and in what it pushes."""


def with_disturbances(
    task: Task,
    scales: str,
    kinds: Sequence[str] = KINDS,
    num_contexts: int = NUM_SHIFTED,
    rest: Sequence[float] | None = None,
) -> Task:
    """Returns a task that also has the splits of these disturbances.

    Args:
        task: The task; its state is the only field that is not an image.
        scales: Name in `STATE_STD`.
        kinds: Names in `ilbench.tasks.disturbances.SHIFT_KINDS`.
        num_contexts: Contexts of ``test`` that are disturbed.
        rest: The action that does the least; zeros if not given.
    """
    return disturbed(task, kinds, scales={"state": STATE_STD[scales]}, num_contexts=num_contexts, rest=rest)
