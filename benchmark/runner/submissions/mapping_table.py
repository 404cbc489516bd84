"""The table ``[mapping]`` of ``submission.toml``: its form. What it means is tried against the task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ilbench.contract.task import Task
from ilbench.errors import InvalidSubmissionError
from ilbench.guest.adapters.mapping import FieldMapping, MappingError
from ilbench.guest.answers import MAX_CHUNK

MAX_HISTORY = 1024
MAX_NAMES = 1000
Dtype = Literal["float16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "bool"]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Number = Annotated[float, Field(allow_inf_nan=False, strict=False)]
Numbers = Number | Annotated[list[Number], Field(min_length=1, max_length=MAX_NAMES)]


def _in_full(value: Any) -> Any:
    """Returns the table that a name, or a list of names, is short for."""
    return {"field": value} if isinstance(value, str | list) else value


class InputTable(BaseModel):
    """How one input of the model is made, see `ilbench.guest.adapters.feeds`.

    Attributes:
        field: A field of the task; or several, flattened and one after the other.
        slice: Start and stop: some entries of a vector.
        components: Some entries of a vector, by the names that the task has for them; ``eef_pos`` is also
            short for all that begin so, ``eef_pos x``, ``eef_pos y``.
        layout: Of an image, as the model wants it; the tasks' own are HWC.
        scale: Numbers are multiplied by it.
        mean: Is taken away then, one number or one a channel.
        std: They are divided by it in the end.
        dtype: NumPy name, where the model does not say which it wants.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    field: Name | Annotated[list[Name], Field(min_length=1, max_length=MAX_NAMES)]
    slice: Annotated[list[int], Field(min_length=2, max_length=2)] | None = None
    components: Annotated[list[Name], Field(min_length=1, max_length=MAX_NAMES)] | None = None
    layout: Literal["HWC", "CHW"] | None = None
    scale: Number | None = None
    mean: Numbers | None = None
    std: Numbers | None = None
    dtype: Dtype | None = None


class MappingTable(BaseModel):
    """Which field of a task feeds which input of a model, and what of its output is the action.

    Attributes:
        inputs: How each input is made, by its name: a table, or the name of a field, or a list of names.
        history: How many of the last observations an input holds, the oldest first, on an axis of their own.
        stack: Instead one after the other along the last axis, or the channels of an image.
        chunk: How many of the actions that one call returns are played before the next; all if not given.
        output: Name of the output that holds the action; the first if not given.
        argmax: Whether the output holds a score for each action, of which the highest is meant.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    inputs: dict[Name, Annotated[InputTable, BeforeValidator(_in_full)]] = {}
    history: Annotated[int, Field(ge=1, le=MAX_HISTORY)] = 1
    stack: bool = False
    chunk: Annotated[int, Field(ge=1, le=MAX_CHUNK)] | None = None
    output: Name | None = None
    argmax: bool = False

    def told(self, task: Task) -> Mapping[str, Any]:
        """Returns what an adapter is told of it: plain data, with the description of the task.

        Raises:
            InvalidSubmissionError: It asks for what the task does not have.
        """
        said = {**self.model_dump(exclude_none=True), "task": task.description()}
        try:
            FieldMapping(said)
        except MappingError as error:
            raise InvalidSubmissionError(str(error)) from error
        return said
