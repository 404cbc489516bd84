"""What a policy is: two methods, structural. A submission imports nothing from this project.

A *batched* policy serves a fixed number of lanes, its `width`, each playing one episode::

    class Policy:
        def reset(self, lane: int, seed: int, task: dict) -> None: ...
        def act(self, observations: dict[str, ndarray]) -> ndarray: ...

`observations` holds one array a field, shape ``(width, *field.shape)``; rows of idle lanes are zeros. `act`
returns ``(width, *action.shape)``, or a chunk of K actions a lane, ``(width, K, *action.shape)``, which are
played one after the other before the policy is asked again. The width is 8 unless the policy says
otherwise: by its attribute `width`, or in ``submission.toml``.

A policy with ``reset(seed, task)`` and ``act(observation)`` plays one episode at a time and is lifted:
one instance a lane. So is a bare function ``observation -> action``. An *object* of that form has the state
of one episode and is played in one lane.

A policy that wants the last H observations sets the attribute ``history = H``; each array then has
the shape ``(width, H, *field.shape)``, oldest first, the first observation repeated at the start. One that
returns chunks may set ``chunk = K``, the longest of them; it has to where a chunk could be taken for
something else, as a row of integers for a one-hot. A tuple is never a chunk.

``docs/policies.md`` lists every form, and what everything that can be returned means.
"""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, get_args, runtime_checkable

from ilbench.errors import InvalidSubmissionError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment

DEFAULT_WIDTH = 8
"""Rows of a batched call where a submission does not say another number: right for small networks on a CPU.

Matrix products may round differently for another number of rows, so the width belongs to the submission and
to the identity of its runs: every call has so many rows, whatever the number of live lanes."""

MAX_WIDTH = 1024

Place: TypeAlias = Literal["inline", "process", "remote"]
"""Where a policy runs: in the worker itself, in a process of its own, or behind a server elsewhere. It never
changes a record."""

LocalPlace: TypeAlias = Literal["inline", "process"]
"""Those where any policy can be put; a remote one is where its server is."""

PLACES: tuple[LocalPlace, ...] = get_args(LocalPlace)

Sandbox: TypeAlias = Literal["none", "bwrap", "container"]
"""What a policy process is kept in: nothing, namespaces made by bubblewrap, or a container. It never changes
a record either."""

WantedSandbox: TypeAlias = Literal["auto", "bwrap", "container", "none"]
"""What can be asked for: ``auto`` is the strongest that works on this machine, an error where none does."""

Observation: TypeAlias = "Mapping[str, NDArray[Any]]"
"""Named arrays, one a field of the task's observation."""


@runtime_checkable
class BatchedPolicy(Protocol):
    """A policy that serves `width` lanes at a time."""

    def reset(self, lane: int, seed: int, task: Mapping[str, Any]) -> None:
        """Forgets the lane's last episode and prepares for a new one.

        Args:
            lane: Which lane, in ``[0, width)``.
            seed: Seeds whatever is random in this episode, and nothing else does.
            task: The public description, `Task.description`.
        """

    def act(self, observations: Observation) -> NDArray[Any]:
        """Returns the next action, or chunk of actions, of every lane."""


class Expert(Protocol):
    """A scripted or planned demonstrator. Unlike a policy it may look into the environment.

    One that can say how it came to an action also has a method ``procedure()``, see `Procedural`.
    """

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Prepares for an episode of `env`, which has just been reset.

        Args:
            env: The environment, to be read and never stepped.
            seed: Seeds the expert's own variation (speed, path).
            mode: The behavior mode to show; None leaves the choice to the seed.
        """

    def act(self, observation: Observation) -> NDArray[np.generic]:
        """Returns the next action for one observation, shape ``action.shape``."""


@runtime_checkable
class Procedural(Protocol):
    """An expert that can say how it came to an action (Yang et al., Procedure Cloning, NeurIPS 2022)."""

    def procedure(self) -> Mapping[str, NDArray[np.generic]]:
        """Returns what was computed for the last action: the task's ``demonstrations.procedure`` fields.

        Text is a uint8 field of fixed length: UTF-8, zeros behind it.
        """


def width_of(policy: object) -> int:
    """Returns the rows of a call of a policy, in [1, `MAX_WIDTH`]: its attribute `width`, or `DEFAULT_WIDTH`.

    An attribute that is no whole number, such as a class's property, says nothing.

    Raises:
        InvalidSubmissionError: It is out of range.
    """
    said = getattr(policy, "width", None)
    if not isinstance(said, Integral) or isinstance(said, bool):
        return DEFAULT_WIDTH
    width = int(said)
    if not 1 <= width <= MAX_WIDTH:
        raise InvalidSubmissionError(
            f"the attribute 'width' of {policy!r}, its rows a call, must be in [1, {MAX_WIDTH}], "
            f"found {width}"
        )
    return width
