"""Policy hosts: where a policy runs. The place never changes a record.

Foreign code may raise anything at all, so what calls it catches every exception, also those that end a
program, and makes of it a `PolicyFault` with the policy's own words. Every host shows the same face to the
lanes: arrays of observations to write into, and `act`, whose answer has been checked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from ilbench.contract.task import Task
from ilbench.errors import InvalidSubmissionError
from ilbench.guest.actions import ActionCheck
from ilbench.guest.answers import Answer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment

MAX_OBSERVED = 1 << 30
"""Bytes of what a policy is shown in one call, all rows and the whole history together."""


class LostWhileLoadingError(InvalidSubmissionError):
    """A policy whose process ended while it was loaded."""


class Host(Protocol):
    """One policy, serving the lanes of one task.

    Attributes:
        check: Judges what the policy returns.
    """

    check: ActionCheck

    @property
    def width(self) -> int:
        """Rows of every array."""

    @property
    def observations(self) -> Mapping[str, NDArray[Any]]:
        """One array a field, ``(width, [history,] *shape)``, for the lanes to write into."""

    @property
    def history(self) -> int:
        """Observations a lane that the policy wants."""

    @property
    def num_lanes(self) -> int:
        """Lanes that it can serve side by side, at least 1 and no more than were asked for."""

    @property
    def note(self) -> str:
        """Why these are fewer than were asked for; empty where they are not."""

    def reset(self, lane: int, seed: int) -> None:
        """Prepares a lane for an episode. Raises `PolicyFault`."""

    def act(self, live: Sequence[int]) -> Answer:
        """Returns the answer of the live lanes. Raises `PolicyFault` if the call fails as a whole."""

    def close(self) -> None:
        """Lets the policy go."""


@runtime_checkable
class PrivilegedHost(Host, Protocol):
    """A host whose policy may look into the simulator: the only one that is shown an environment."""

    def show(self, lane: int, env: Environment) -> None:
        """Shows a lane's environment, which has just been reset; `reset` follows."""


def observation_layout(task: Task, width: int, history: int) -> list[tuple[str, tuple[int, ...], str]]:
    """Returns name, full shape and dtype of the observation arrays of all lanes.

    Raises:
        InvalidSubmissionError: They are larger than `MAX_OBSERVED`.
    """
    lead = (width,) if history == 1 else (width, history)
    layout = [(f.name, (*lead, *f.shape), f.dtype) for f in task.observation]
    size = sum(prod(shape) * np.dtype(dtype).itemsize for _, shape, dtype in layout)
    if size > MAX_OBSERVED:
        raise InvalidSubmissionError(
            f"{width} rows with a history of {history} observations of {task.id} take {size:,} bytes a call, "
            f"expected at most {MAX_OBSERVED:,}; make the width or the history smaller"
        )
    return layout
