"""A policy in the process that plays: no message a step."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

import numpy as np

from ilbench.contract.policy_spec import PolicySpec
from ilbench.contract.task import Task
from ilbench.errors import InvalidSubmissionError
from ilbench.guest.actions import ActionCheck
from ilbench.guest.answers import Answer
from ilbench.guest.faults import describe
from ilbench.guest.lifting import LanePolicy, lift, why_not
from ilbench.importing import load_object
from ilbench.runner.faults import PolicyFault
from ilbench.runner.hosts.host import observation_layout
from ilbench.runner.submissions.stated_convention import check_told


class InlineHost:
    """A policy in this very process.

    Args:
        policy: What acts, lifted to `width` rows.
        task: What it plays.
        width: Rows of every call.
        interruptible: Whether an interrupt is the user's, whose process this is, and goes on its way. In a
            worker, which hears of none, it is the policy that raised it.

    Raises:
        ConventionMismatchError: It says of its actions what the task does not take.
    """

    def __init__(self, policy: LanePolicy, task: Task, width: int, *, interruptible: bool = False) -> None:
        check_told(task, policy.convention)
        self._policy = policy
        self._stops = (KeyboardInterrupt,) if interruptible else ()
        described = task.description()
        self._task = json.dumps(described)
        self.check = ActionCheck(described["action"], width, self._stops)
        self.width = width
        self.history = policy.history
        self.num_lanes = policy.num_lanes
        self.note = policy.note
        self.observations = {
            name: np.zeros(shape, dtype)
            for name, shape, dtype in observation_layout(task, width, self.history)
        }

    def reset(self, lane: int, seed: int) -> None:
        """Prepares a lane."""
        try:
            # Read anew: what one policy does to its copy is nothing to another.
            self._policy.reset(lane, seed, json.loads(self._task))
        except self._stops:
            raise
        except BaseException as error:
            raise PolicyFault(describe(error)) from error

    def act(self, live: Sequence[int]) -> Answer:
        """Returns the answer of the live lanes."""
        try:
            answer = self._policy.act(self.observations, live, self.check)
        except self._stops:
            raise
        except BaseException as error:
            raise PolicyFault(describe(error)) from error
        return self.check.judged(answer, live)

    def close(self) -> None:
        """Drops the policy."""
        self._policy = LanePolicy()


def load_inline(spec: PolicySpec, task: Task, num_lanes: int) -> InlineHost:
    """Returns a host with the policy that a worker was told of, freshly loaded.

    Raises:
        InvalidSubmissionError: It cannot be loaded; the message holds the policy's own error.
    """
    # At the end: a file of the policy's must not take the place of a module that the scorer loads later.
    sys.path += [path for path in spec.search_path if path not in sys.path]
    try:
        policy = lift(load_object(spec.load), spec.width, spec.arguments, num_lanes=num_lanes)
    except BaseException as error:
        raise InvalidSubmissionError(f"cannot load the policy {spec.load!r}: {why_not(error)}") from error
    return InlineHost(policy, task, spec.width)
