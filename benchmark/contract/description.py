"""What a policy is told about its task: plain JSON, the same in every place where a policy runs."""

from __future__ import annotations

from typing import Any, TypedDict


class FieldDescription(TypedDict):
    """One named array of an observation.

    Attributes:
        shape: Of one observation, without the lane axis.
        dtype: NumPy dtype name.
        unit: Unit of the values, ``"1"`` for pure numbers.
        components: A name for each entry of a vector, in order; empty for images and grids.
    """

    shape: list[int]
    dtype: str
    unit: str
    components: list[str]


class ActionDescription(TypedDict):
    """What a policy returns for one episode and step, see `ilbench.contract.fields.ActionField`.

    Attributes:
        shape: Of one action, ``[]`` for discrete ones.
        dtype: NumPy dtype name.
        low: Least value of every entry, at which the runner clips; None for no limit.
        high: Largest value of every entry, as `low`.
        num_actions: How many discrete actions there are; None for continuous ones.
        scale: Of actions without limits, the half-width of the range that random ones are drawn from.
        reach: Of actions without limits, a size that entries of demonstrations stay below; None if not known.
        unit: Unit of the values, ``"1"`` for pure numbers.
        components: A name for each entry, in order.
    """

    shape: list[int]
    dtype: str
    low: float | None
    high: float | None
    num_actions: int | None
    scale: float
    reach: float | None
    unit: str
    components: list[str]


class TaskActionDescription(ActionDescription):
    """What a task says of its actions.

    Attributes:
        convention: What the numbers mean, under the names of `ilbench.contract.convention.Convention`; None
            where the task's author says nothing of it.
    """

    convention: dict[str, Any] | None


class TaskDescription(TypedDict):
    """The argument `task` of a policy's ``reset``.

    Attributes:
        id: Id of the task, ``suite/name-vN``.
        summary: What has to be done, in one sentence.
        horizon: Control steps after which an episode is truncated.
        control_hz: Control steps per simulated second; None where time has no unit.
        observation: The arrays that ``act`` gets, by name.
        action: What it returns.
        modes: What each behavior mode is called, by index.
    """

    id: str
    summary: str
    horizon: int
    control_hz: float | None
    observation: dict[str, FieldDescription]
    action: TaskActionDescription
    modes: list[str]
