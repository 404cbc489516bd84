"""Policy hosts: where a policy runs. The place never changes a record.

Foreign code may raise anything at all, so what calls it catches every `Exception` and makes of it a
`PolicyFault` with the policy's own words. Every host shows the same face to the lanes: arrays of observations
to write into, and `act`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ilbench.contract.task import Task

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment


class Host(Protocol):
    """One policy, serving the lanes of one task."""

    @property
    def width(self) -> int:
        """Rows of every array."""

    @property
    def observations(self) -> Mapping[str, NDArray[Any]]:
        """One array a field, ``(width, [history,] *shape)``, for the lanes to write into."""

    @property
    def history(self) -> int:
        """Observations a lane that the policy wants."""

    def reset(self, lane: int, seed: int) -> None:
        """Prepares a lane for an episode. Raises `PolicyFault`."""

    def act(self, live: Sequence[int]) -> NDArray[Any]:
        """Returns the actions of all lanes as the policy gave them. Raises `PolicyFault`."""

    def close(self) -> None:
        """Lets the policy go."""


@runtime_checkable
class PrivilegedHost(Host, Protocol):
    """A host whose policy may look into the simulator: the only one that is shown an environment."""

    def show(self, lane: int, env: Environment) -> None:
        """Shows a lane's environment, which has just been reset; `reset` follows."""


def observation_layout(task: Task, width: int, history: int) -> list[tuple[str, tuple[int, ...], str]]:
    """Returns name, full shape and dtype of the observation arrays of all lanes."""
    lead = (width,) if history == 1 else (width, history)
    return [(f.name, (*lead, *f.shape), f.dtype) for f in task.observation]
