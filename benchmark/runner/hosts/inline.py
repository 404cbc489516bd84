"""A policy in the process that plays: no message a step."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.contract.policy_spec import PolicySpec
from ilbench.contract.task import Task
from ilbench.errors import InvalidSubmissionError
from ilbench.guest.faults import describe
from ilbench.guest.lifting import LanePolicy, PolicyFormError, lift
from ilbench.importing import load_object
from ilbench.runner.faults import PolicyFault
from ilbench.runner.hosts.host import observation_layout

if TYPE_CHECKING:
    from numpy.typing import NDArray


class InlineHost:
    """A policy in this very process.

    Args:
        policy: What acts, lifted to `width` rows.
        task: What it plays.
        width: Rows of every call.
    """

    def __init__(self, policy: LanePolicy, task: Task, width: int) -> None:
        self._policy = policy
        self._task = task.description()
        self.width = width
        self.history = policy.history
        self.observations = {
            name: np.zeros(shape, dtype)
            for name, shape, dtype in observation_layout(task, width, self.history)
        }

    def reset(self, lane: int, seed: int) -> None:
        """Prepares a lane."""
        try:
            self._policy.reset(lane, seed, self._task)
        except Exception as error:
            raise PolicyFault(describe(error)) from error

    def act(self, live: Sequence[int]) -> NDArray[Any]:
        """Returns the actions of all lanes."""
        try:
            return np.asarray(self._policy.act(self.observations, live))
        except Exception as error:
            raise PolicyFault(describe(error)) from error

    def close(self) -> None:
        """Drops the policy."""
        self._policy = LanePolicy()


def load_inline(spec: PolicySpec, task: Task, num_lanes: int) -> InlineHost:
    """Returns a host with the policy that a worker was told of, freshly loaded.

    Raises:
        InvalidSubmissionError: It cannot be loaded; the message holds the policy's own error.
    """
    sys.path[:0] = [path for path in spec.search_path if path not in sys.path]
    try:
        policy = lift(load_object(spec.load), spec.width, spec.arguments, num_lanes=num_lanes)
    except Exception as error:
        why = str(error) if isinstance(error, PolicyFormError) else describe(error)
        raise InvalidSubmissionError(f"cannot load the policy {spec.load!r}: {why}") from error
    return InlineHost(policy, task, spec.width)
