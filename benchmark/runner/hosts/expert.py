"""The task's own expert as a policy: the only one that looks into the simulator, and is marked for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ilbench.contract.task import Task
from ilbench.guest.actions import ActionCheck
from ilbench.guest.answers import Answer
from ilbench.guest.faults import describe
from ilbench.runner.faults import PolicyFault
from ilbench.runner.hosts.host import observation_layout

if TYPE_CHECKING:
    from ilbench.contract.environment import Environment
    from ilbench.contract.policy import Expert


class ExpertHost:
    """The task's scripted or planned expert, one a lane.

    Args:
        task: What is played.
        width: Rows of the arrays.
        num_lanes: How many of them are ever live.
    """

    history = 1
    note = ""

    def __init__(self, task: Task, width: int, num_lanes: int) -> None:
        self.check = ActionCheck(task.description()["action"], width)
        self.width = width
        self.num_lanes = num_lanes
        self._experts: list[Expert] = [task.make_expert() for _ in range(num_lanes)]
        self._shown: dict[int, Environment] = {}
        self.observations = {
            name: np.zeros(shape, dtype) for name, shape, dtype in observation_layout(task, width, 1)
        }

    def show(self, lane: int, env: Environment) -> None:
        """Keeps the lane's environment for its expert."""
        self._shown[lane] = env

    def reset(self, lane: int, seed: int) -> None:
        """Prepares the lane's expert for the environment that it was shown."""
        try:
            self._experts[lane].reset(self._shown[lane], seed)
        except Exception as error:  # an expert of anybody's package may raise anything
            raise PolicyFault(describe(error)) from error

    def act(self, live: Sequence[int]) -> Answer:
        """Returns the experts' actions."""

        def ask(lane: int) -> object:
            return self._experts[lane].act(
                {name: rows[lane].copy() for name, rows in self.observations.items()}
            )

        return self.check.judged(self.check.each(live, ask, None), live)

    def close(self) -> None:
        """Drops the experts."""
        self._experts = []
        self._shown = {}
