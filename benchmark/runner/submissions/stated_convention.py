"""What a submission says of its actions, in its file or by its policy once that is loaded."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from ilbench.contract.convention import (
    Frame,
    Gripper,
    GripperValues,
    Kind,
    Origin,
    Rotation,
    check_convention,
    is_quantity,
)
from ilbench.contract.task import Task
from ilbench.errors import InvalidSubmissionError
from ilbench.plain_text import one_line

Finite: TypeAlias = Annotated[float, Field(allow_inf_nan=False)]
NONE: Literal["none"] = "none"


def _checked_quantity(text: str) -> str:
    if not is_quantity(text):
        raise ValueError(
            f"expected a positive number and a unit, such as '0.05 m', or 'none', found {text!r}"
        )
    return text


Quantity: TypeAlias = Annotated[str, Field(max_length=40), AfterValidator(_checked_quantity)]


class StatedConvention(BaseModel):
    """The table ``[convention]`` of ``submission.toml``, or what a policy's method ``convention()`` returns.

    Every key may be left out: it is then not compared. See `ilbench.contract.convention.Convention` for what
    they mean; a rate or clipping that there is not is ``"none"`` here, for TOML has no null.

    Attributes:
        kind: Such as ``delta``.
        frame: Such as ``base``.
        origin: What a delta starts from.
        rotation: Form of a rotation.
        gripper: What the gripper's number does.
        gripper_values: ``binary`` or ``continuous``.
        linear: What 1 is in a linear component, as ``0.05 m``.
        angular: What 1 is in a rotation or a joint's component, as ``0.5 rad``.
        rate_hz: Actions per simulated second.
        clipping: The limits at which entries are clipped.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: Kind | None = None
    frame: Frame | None = None
    origin: Origin | None = None
    rotation: Rotation | None = None
    gripper: Gripper | None = None
    gripper_values: GripperValues | None = None
    linear: Quantity | None = None
    angular: Quantity | None = None
    rate_hz: Annotated[Finite, Field(gt=0)] | Literal["none"] | None = None
    clipping: Annotated[list[Finite], Field(min_length=2, max_length=2)] | Literal["none"] | None = None

    def stated(self) -> dict[str, Any]:
        """Returns what is said, by key, as plain JSON; what is said not to be is None where numbers stand."""
        said = self.model_dump(exclude_none=True)
        return {
            key: None if key in ("rate_hz", "clipping") and value == NONE else value
            for key, value in said.items()
        }


def check_told(task: Task, told: object) -> None:
    """Checks what a policy that has been loaded says of its actions; None, where it says nothing, fits.

    Raises:
        InvalidSubmissionError: It is not of the form of `StatedConvention`.
        ConventionMismatchError: It is not the task's.
    """
    if told is None:
        return
    try:
        stated = StatedConvention.model_validate(told)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        found = one_line(repr(first["input"]), 80)
        raise InvalidSubmissionError(
            f"the policy's convention(): key {one_line(where, 40)!r}: {first['msg']}, found {found}; "
            "docs/conventions.md lists the keys and their values"
        ) from error
    check_convention(task.id, task.convention, stated.stated())
