"""The recorder: keeps the states of each episode of one lane, and changes nothing about it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.runner.keepers.keeper import Keeper

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment
    from ilbench.contract.policy import Observation
    from ilbench.contract.task import Task
    from ilbench.runner.keepers.observed import Outcome
    from ilbench.runner.lanes import Watch
    from ilbench.runs.record import EpisodeRecord


class Recorder(Keeper):
    """Keeps the vectors of real numbers that are observed, from the reset on: not images, not grids.

    Args:
        watch: Is told everything as well.
        task: What is played.
    """

    def __init__(self, watch: Watch, task: Task) -> None:
        super().__init__(watch, task)
        self._names = [f.name for f in task.observation if len(f.shape) == 1 and f.dtype.startswith("float")]
        self._states: list[dict[str, NDArray[Any]]] = []

    def save(self, record: EpisodeRecord) -> bytes | None:
        """Returns an NPZ file, one array of shape (T + 1, D) a field; None if there is no state."""
        if not self._states or not self._names:
            return None
        content = io.BytesIO()
        fields = {name: np.stack([state[name] for state in self._states]) for name in self._names}
        np.savez(content, **fields)
        self._states = []
        return content.getvalue()

    def reset(self, env: Environment, observation: Observation, info: dict[str, Any]) -> None:
        """Keeps the first state; an episode that begins anew is kept anew."""
        self._states = []
        self._keep(observation)

    def step(self, env: Environment, outcome: Outcome) -> None:
        """Keeps the state after a step."""
        self._keep(outcome[0])

    def _keep(self, observation: Observation) -> None:
        self._states.append({name: np.array(observation[name]) for name in self._names})
