"""Paths: what was observed in an episode, as points in a space of real numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.errors import ILBenchError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.task import Task


class NoPathError(ILBenchError):
    """A task whose observations hold no vector of real numbers, so that its episodes have no path."""


def path_of(task: Task, observations: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
    """Returns observations as states of shape (T, D): the real-valued fields beside one another.

    Raises:
        NoPathError: The task shows no vector of real numbers; a distance between images or grids would say
            little.
    """
    names = [f.name for f in task.observation if len(f.shape) == 1 and f.dtype.startswith("float")]
    if not names:
        raise NoPathError(f"{task.id} shows no vector of real numbers, of which a path could be made")
    states: NDArray[np.float64] = np.concatenate([observations[n] for n in names], axis=1).astype(np.float64)
    return states
