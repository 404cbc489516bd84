"""Given actions, played by the runner's own lane: what any other way of playing them is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ilbench.contract.task import Task
from ilbench.guest.actions import ActionCheck
from ilbench.guest.answers import Answer
from ilbench.runner.hosts.host import observation_layout
from ilbench.runner.lanes import LanePlayer, Watch
from ilbench.runs.identity import Episode, EpisodeId
from ilbench.runs.record import EpisodeRecord

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment


class Recital(NamedTuple):
    """An episode of given actions.

    Attributes:
        observations: What a policy saw before each action.
        record: What happened.
    """

    observations: list[dict[str, NDArray[Any]]]
    record: EpisodeRecord


class Reciter:
    """A host of one lane whose policy does what it was given, and keeps what it saw."""

    width = history = num_lanes = 1
    note = ""

    def __init__(self, task: Task, actions: Sequence[NDArray[Any] | int]) -> None:
        layout = observation_layout(task, self.width, self.history)
        self.observations = {name: np.zeros(shape, dtype) for name, shape, dtype in layout}
        self.seen: list[dict[str, NDArray[Any]]] = []
        self._actions = iter(actions)
        self.check = ActionCheck(task.action.describe(), self.width)

    def reset(self, lane: int, seed: int) -> None:
        """Has nothing to prepare."""

    def act(self, live: Sequence[int]) -> Answer:
        """Returns the next action."""
        self.seen.append({name: values[0].copy() for name, values in self.observations.items()})
        return self.check.judged(self.check.batch(np.asarray([next(self._actions)]), live, None), live)

    def close(self) -> None:
        """Has nothing to let go."""


def recite(
    task: Task, env: Environment, episode: EpisodeId, actions: Sequence[NDArray[Any] | int]
) -> Recital:
    """Returns an episode as a run plays it.

    Args:
        task: The task; its horizon is at most the number of actions.
        env: An environment of it.
        episode: Which episode.
        actions: What is done.
    """
    reciter, waiting = Reciter(task, actions), iter([Episode(episode, 0)])
    player = LanePlayer(task, lambda count: reciter, 1, Watch(), lambda: env)
    (record,) = player.play(lambda: next(waiting, None))
    return Recital(reciter.seen, record)


def shows_the_same(first: Mapping[str, NDArray[Any]], second: Mapping[str, NDArray[Any]]) -> bool:
    """Returns whether two observations have the same fields, dtypes and bits."""
    return first.keys() == second.keys() and all(
        values.dtype == second[name].dtype and values.tobytes() == second[name].tobytes()
        for name, values in first.items()
    )
