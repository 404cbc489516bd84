"""Mappings: which fields of a task feed which input of a model, and what of its output is the action.

What a submission says of it (the table ``[mapping]`` of ``submission.toml``) is tried against the task before
anything is loaded, and against the model's own inputs as soon as these are known. Where nothing is said, a
task of one field feeds a model of one input, and inputs named as fields are fed by them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..resets import PolicyFormError
from .feeds import FeedError, InputFeed, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Array = np.ndarray[Any, Any]
    Arrays = Mapping[str, Array]

UNKNOWN = "a shape that it does not say"


class MappingError(PolicyFormError):
    """A mapping that does not fit the task, or the model."""


class ModelInput(NamedTuple):
    """An input of a model.

    Attributes:
        name: What the model calls it.
        shape: Of one row, the history included; None for an axis of any length, and for what is not known.
        dtype: NumPy name; None for whatever comes.
    """

    name: str
    shape: tuple[int | None, ...] | None = None
    dtype: str | None = None


class FieldMapping:
    """What a submission says of the fields and the action of a task.

    Args:
        told: ``task``, the task's public description; and what the table ``[mapping]`` holds: ``inputs``,
            ``history``, ``stack``, ``chunk``, ``output``, ``argmax``.

    Attributes:
        history: How many of the last observations an input holds.
        chunk: How many of the returned actions are played; None for all.
        output: Name of the model's output that holds the action; empty for its first.
        task: The task's public description.

    Raises:
        MappingError: An input is fed by what the task does not have.
    """

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.task: Mapping[str, Any] = told["task"]
        self.history = int(told.get("history") or 1)
        self.chunk: int | None = told.get("chunk")
        self.output: str = told.get("output") or ""
        self._argmax = bool(told.get("argmax"))
        self._stack = bool(told.get("stack"))
        self._action = self.task["action"]
        said = told.get("inputs") or {}
        self._said = {name: self._feed(name, spec) for name, spec in said.items()}

    def bind(self, inputs: Sequence[ModelInput]) -> Callable[[Arrays], dict[str, Array]]:
        """Returns what makes a model's inputs of observations, each ``(width, *shape)``, in its order.

        Args:
            inputs: Those of the model; of one that cannot say them a single input of an empty name.

        Raises:
            MappingError: They are not those that are mapped, or have other shapes; the message shows both
                sides, and the lines of ``submission.toml`` that are missing.
        """
        feeds = self._chosen(inputs)
        bound = []
        for one in inputs:
            try:
                bound.append((one.name, feeds[one.name].fitted(one.shape, one.dtype)))
            except FeedError as error:
                raise self._problem(f"input {one.name!r}: {error}", inputs) from error
        return lambda observations: {name: feed(observations) for name, feed in bound}

    def check_output(self, shape: Sequence[int | None] | None) -> None:
        """Checks the shape of one row of what a model returns, as far as it is known.

        Raises:
            MappingError: It is neither an action of the task nor a chunk of them.
        """
        if shape is None or None in shape:
            return
        tried = np.zeros((1, *[int(size or 0) for size in shape]), np.float32)
        self.actions(tried if self._action["num_actions"] is None or self._argmax else tried.astype(np.int64))

    def actions(self, returned: Any) -> Array:
        """Returns the actions that are played: ``(width, *shape)``, or ``(width, K, *shape)`` for chunks.

        Args:
            returned: What the model returned: a row a lane.

        Raises:
            MappingError: It holds no action of the task.
        """
        array = np.asarray(returned)
        if self._argmax:
            array = array.argmax(-1)
        shape = tuple(self._action["shape"])
        if not shape and array.ndim > 1 and array.shape[-1] == 1:
            array = array[..., 0]
        num_actions = self._action["num_actions"]
        if num_actions is not None and array.dtype.kind == "f":
            raise MappingError(
                f"{self.task['id']} takes one of {num_actions} numbered actions; the model returns "
                f"{array.dtype} of shape {array.shape}: if these are scores, one an action, write into "
                "submission.toml: mapping.argmax = true"
            )
        row = array.shape[1:]
        if row == shape:
            return array
        if row[1:] != shape or len(row) != len(shape) + 1:
            raise MappingError(
                f"{self.task['id']} takes actions of shape {shown(shape)}, or chunks of them; the model "
                f"returns {shown(row)} a row: it is of another task, or mapping.output names another output"
            )
        return array if self.chunk is None else array[:, : self.chunk]

    def _feed(self, name: str, spec: Mapping[str, Any]) -> InputFeed:
        try:
            return InputFeed(spec, self.task["observation"], self.history, stack=self._stack)
        except FeedError as error:
            raise MappingError(f"mapping.inputs.{_key(name)}: {error}") from error

    def _chosen(self, inputs: Sequence[ModelInput]) -> Mapping[str, InputFeed]:
        """Returns what feeds each input: as was said, or else by the only rule that leaves no doubt."""
        names, fields = [one.name for one in inputs], list(self.task["observation"])
        if self._said:
            if names == [""] and len(self._said) == 1:
                return {"": next(iter(self._said.values()))}
            if set(names) != set(self._said):
                raise self._problem("the mapped inputs are not those of the model", inputs)
            return self._said
        if set(names) <= set(fields):
            return {name: self._feed(name, {"field": name}) for name in names}
        if len(names) == len(fields) == 1:
            return {names[0]: self._feed(names[0], {"field": fields[0]})}
        raise self._problem("which field feeds which input is not said", inputs)

    def _problem(self, why: str, inputs: Sequence[ModelInput]) -> MappingError:
        """Returns the error that shows both sides, and what to write."""
        fields = self.task["observation"]
        ours = ", ".join(f"{name} {shown(f['shape'])} {f['dtype']}" for name, f in fields.items())
        theirs = ", ".join(_told(one) for one in inputs)
        lines = "; ".join(suggestions(fields, inputs))
        return MappingError(
            f"{why}. The task {self.task['id']} shows: {ours}. The model takes: {theirs}. Write into "
            f"submission.toml, such as: {lines}"
        )


def _told(one: ModelInput) -> str:
    shape = UNKNOWN if one.shape is None else shown(one.shape)
    return f"{one.name or 'one'} {shape} {one.dtype or ''}".strip()


def suggestions(fields: Mapping[str, Mapping[str, Any]], inputs: Sequence[ModelInput]) -> list[str]:
    """Returns a line of TOML an input that says what may feed it, with "?" where nobody knows."""
    return [f"mapping.inputs.{_key(one.name or 'input')} = {_guess(fields, one)}" for one in inputs]


def _guess(fields: Mapping[str, Mapping[str, Any]], one: ModelInput) -> str:
    if one.name in fields:
        same = [one.name]
    else:
        same = [name for name, field in fields.items() if one.shape == tuple(field["shape"])]
    images = [name for name, field in fields.items() if len(field["shape"]) == 3]
    vectors = [name for name, field in fields.items() if len(field["shape"]) == 1]
    if one.shape is not None and len(one.shape) == 3 and images:
        layout = "CHW" if one.shape[0] in (1, 3, 4) else "HWC"
        field = same[0] if same else images[0]
        return f'{{ field = "{field}", layout = "{layout}", scale = 0.00392156862745098 }}'
    if same:
        return json.dumps(same[0])
    if vectors and one.shape is not None and len(one.shape) == 1:
        return f'{{ field = "{vectors[0]}", slice = [?, ?] }}'
    return '"?"'


def _key(name: str) -> str:
    """Returns a name as a key of TOML."""
    bare = name and all(c.isascii() and (c.isalnum() or c in "-_") for c in name)
    return name if bare else json.dumps(name)
