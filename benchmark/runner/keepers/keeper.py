"""Keepers: what is kept of an episode beside its record. They look on in one lane and change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ilbench.contract.task import Task
from ilbench.importing import load_object
from ilbench.runner.keepers.observed import ObservedEnv
from ilbench.runner.lanes import Phase, Watch
from ilbench.runs.identity import EpisodeId
from ilbench.runs.record import EpisodeRecord

if TYPE_CHECKING:
    from ilbench.contract.environment import Environment
    from ilbench.contract.policy import Observation
    from ilbench.runner.keepers.observed import Outcome

KeeperName: TypeAlias = Literal["video", "states"]
KEEPERS: dict[KeeperName, str] = {
    "video": "ilbench.runner.keepers.camera:Camera",
    "states": "ilbench.runner.keepers.recorder:Recorder",
}
SUFFIXES: dict[KeeperName, str] = {"video": ".mp4", "states": ".npz"}


class Keeper(Watch):
    """Looks on while episodes are played in one lane; `save` returns what it kept of the last.

    An episode that begins anew (played alone after a fault) is kept anew.

    Attributes:
        render_mode: Of the environment that it wants to see.

    Args:
        watch: Is told everything as well.
        task: What is played.
    """

    render_mode: str | None = None

    def __init__(self, watch: Watch, task: Task) -> None:
        self._watch = watch
        self._task = task
        self._episode: EpisodeId | None = None

    def make_env(self) -> Environment:
        """Returns an environment that the keeper looks at."""
        return ObservedEnv(self._task.make_env(render_mode=self.render_mode), self)

    def enter(self, phase: Phase) -> None:
        """Tells the watch."""
        self._watch.enter(phase)

    def begin(self, lane: int, episode: EpisodeId | None) -> None:
        """Tells the watch, and starts anew."""
        self._watch.begin(lane, episode)
        self._episode = episode

    def retry(self, episode: EpisodeId, status: str, reason: str) -> None:
        """Tells the watch."""
        self._watch.retry(episode, status, reason)

    def reset(self, env: Environment, observation: Observation, info: dict[str, Any]) -> None:
        """Looks at the first state."""
        raise NotImplementedError

    def step(self, env: Environment, outcome: Outcome) -> None:
        """Looks at the state after a step."""
        raise NotImplementedError

    def save(self, record: EpisodeRecord) -> bytes | None:
        """Returns the file of the episode whose record is just made, as bytes; None if it saw nothing."""
        raise NotImplementedError


def make_keeper(name: KeeperName, watch: Watch, task: Task) -> Keeper:
    """Returns a keeper of one task, by its name in `KEEPERS`."""
    keeper: Keeper = load_object(KEEPERS[name])(watch, task)
    return keeper
