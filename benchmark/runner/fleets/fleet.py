"""What the scheduler and its workers need of each other, wherever the workers live.

A fleet starts workers and waits for their mail; a link is the scheduler's end of one worker, a mailbox the
worker's own end. Nothing here assumes a common disk, a common memory or a common registry: a task, a policy's
spec and whatever is kept of an episode travel in messages.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from ilbench.contract.policy_spec import PolicySpec
from ilbench.contract.task import Task
from ilbench.runner.keepers.keeper import KeeperName
from ilbench.runner.lanes import Phase
from ilbench.runner.lineup import DEFAULT_EPISODE_TIMEOUT_S, DEFAULT_LOAD_TIMEOUT_S

_HEAD = struct.Struct("<I")


class WorkerConfig(BaseModel):
    """What a worker is told at its start.

    Attributes:
        tasks: The tasks, by id.
        policies: The policy of each, by task id.
        num_lanes: Environments side by side.
        timeout_s: Longest policy call.
        load_timeout_s: Longest time that a policy, or the worker itself, takes to load.
        episode_timeout_s: Longest time that a policy takes for one episode, all calls together.
        search_path: Folders that modules are looked for in after the worker's own: those of its starter.
        keeper: What is kept of each episode beside its record, see `ilbench.runner.keepers.keeper.KEEPERS`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tasks: dict[str, Task]
    policies: dict[str, PolicySpec]
    num_lanes: int
    timeout_s: float
    load_timeout_s: float = DEFAULT_LOAD_TIMEOUT_S
    episode_timeout_s: float = DEFAULT_EPISODE_TIMEOUT_S
    search_path: tuple[str, ...] = ()
    keeper: KeeperName | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What goes between scheduler and worker.

    Attributes:
        content: Plain JSON.
        kept: What was kept of the episode that the content is the record of: a video, the states.
    """

    content: Mapping[str, Any] = field(default_factory=dict)
    kept: bytes | None = None

    def pack(self) -> bytes:
        """Returns the message as bytes, for fleets that carry bytes."""
        head = json.dumps({"content": self.content, "keeps": self.kept is not None}).encode()
        return _HEAD.pack(len(head)) + head + (self.kept or b"")

    @classmethod
    def unpack(cls, data: bytes) -> Message:
        """Returns the message that `pack` made bytes of."""
        (length,) = _HEAD.unpack_from(data)
        end = _HEAD.size + length
        head = json.loads(data[_HEAD.size : end])
        return cls(head["content"], bytes(data[end:]) if head["keeps"] else None)


class Status(NamedTuple):
    """What a worker is doing.

    Attributes:
        phase: Waiting, loading, in an environment, or in a policy.
        silent_s: For how many seconds.
        live: Numbers of the episodes that it is playing.
    """

    phase: Phase
    silent_s: float
    live: tuple[int, ...]


class WorkerDiedError(Exception):
    """A worker ended, or was ended for its silence, before it had played what it was given."""


class GarbledMailError(WorkerDiedError):
    """What came from a worker is no message: foreign code in it has written where it should not."""


class WorkerLink(Protocol):
    """The scheduler's end of one worker."""

    def send(self, message: Message) -> None:
        """Sends a message. Raises `WorkerDiedError`."""

    def receive(self) -> Message | None:
        """Returns the next message, None while it is not there to its end. Raises `WorkerDiedError`."""

    def status(self) -> Status:
        """Returns what the worker shows of its doings, also when it is dead."""

    def kill(self, *, at_once: bool) -> str:
        """Ends the worker and returns how it came to its end, such as ``"exit code 3"``.

        Args:
            at_once: Whether it hangs; else one that is ending by itself is given a moment to say how.
        """


Link = TypeVar("Link", bound=WorkerLink)


class Fleet(Protocol[Link]):
    """A place where workers live."""

    def start(self, config: WorkerConfig) -> Link:
        """Returns the link to a new worker, which may still be on its way."""

    def wait(self, links: Sequence[Link], timeout_s: float) -> Collection[Link]:
        """Returns the links that have mail, or whose worker has died; none if nothing comes in time."""

    def close(self) -> None:
        """Ends what there is beside workers, once they have all been ended."""


class Mailbox(Protocol):
    """The worker's end: where its messages come from, and go to."""

    def waiting(self) -> bool:
        """Returns whether a message is there."""

    def receive(self) -> Message:
        """Returns the next message, waiting for it. Raises `EOFError` when nobody will send any more."""

    def send(self, message: Message) -> None:
        """Sends a message. Raises an `OSError` when nobody listens any more."""
