"""The check of what a policy returns: the same in every place, and lane by lane.

First its form, where the policy is: whatever was returned becomes a copy of the task's dtype, or is refused.
Then its numbers, where the environment is: finite and clipped to the bounds, or whole and in range. A lane
whose own action is wrong has a fault of its own; whoever is in the other lanes makes no difference to it.
"""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from .answers import INVALID_ACTION, MAX_CHUNK, MAX_FAULT, POLICY_ERROR, Answer, LaneFault
from .faults import describe, describe_trace, summary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Array = np.ndarray[Any, Any]

NO_FAULTS: Mapping[int, LaneFault] = MappingProxyType({})
"""Of most answers."""
DECLARED = "chunk = K"
"""How a policy says that it returns chunks: an attribute."""


class InvalidActionError(Exception):
    """What was returned is no action, and no chunk of them.

    Attributes:
        status: Of the lane's fault.
    """

    def __init__(self, reason: str, status: str = INVALID_ACTION) -> None:
        super().__init__(reason)
        self.status = status


def fault_of(error: BaseException) -> LaneFault:
    """Returns the fault of a lane whose policy raised, or returned what is no action."""
    if isinstance(error, InvalidActionError):
        return LaneFault(error.status, str(error))
    trace = describe_trace(error)
    if len(trace) > MAX_FAULT:  # both ends tell something: where it began, and what was raised
        trace = f"{trace[: MAX_FAULT // 2 - 10]}\n...\n{trace[10 - MAX_FAULT // 2 :]}"
    return LaneFault(POLICY_ERROR, describe(error), trace)


class ActionCheck:
    """Checks what a policy returns on one task.

    Args:
        action: What the task says of its actions: the entry ``"action"`` of its public description.
        width: Rows of the values of an answer.
        stops: Errors of the user, not of the policy: they go on their way.
    """

    def __init__(
        self, action: Mapping[str, Any], width: int, stops: tuple[type[BaseException], ...] = ()
    ) -> None:
        self._shape: tuple[int, ...] = tuple(action["shape"])
        self._dtype = np.dtype(action["dtype"])
        self._num_actions: int | None = action["num_actions"]
        self._kinds = "fiu" if self._num_actions is None else "iu"
        self._bounds: tuple[Array, Array] | None = None
        if action["low"] is not None and action["high"] is not None:
            # Arrays: NumPy takes half a microsecond to make them of numbers.
            self._bounds = np.array(action["low"], self._dtype), np.array(action["high"], self._dtype)
        self._width = width
        self._batch_shape = (width, *self._shape)
        self._most = 2 * MAX_CHUNK * max(1, math.prod(self._shape))
        self._ones = (1,) * width
        self._stops = stops

    def each(self, live: Sequence[int], ask: Callable[[int], Any], chunk: int | None) -> Answer:
        """Returns the answer of policies that play one lane each, or of whatever has something for each lane.

        Args:
            live: The lanes that are asked.
            ask: Returns what is in a lane; what it raises is that lane's fault.
            chunk: How many actions are returned at most, if the policy says that it returns chunks.
        """
        chunks: dict[int, Array] = {}
        faults: dict[int, LaneFault] = {}
        for lane in live:
            try:
                # Copied before the next lane is asked: policies may write into one and the same array.
                chunks[lane] = self._copied(self._one(ask(lane), chunk))
            except self._stops:
                raise
            except BaseException as error:
                faults[lane] = fault_of(error)
        lengths: Sequence[int] = self._ones
        longest = max(map(len, chunks.values()), default=1)
        if longest > 1:
            lengths = [len(chunks[lane]) if lane in chunks else 0 for lane in range(self._width)]
        values = np.zeros((self._width, longest, *self._shape), self._dtype)
        for lane, actions in chunks.items():
            values[lane, : len(actions)] = actions
        return Answer(values, lengths, faults)

    def batch(self, returned: Any, live: Sequence[int], chunk: int | None) -> Answer:
        """Returns the answer of a policy that serves all lanes at once.

        What has the wrong shape or kind as a whole is the fault of every lane.

        Args:
            returned: An array with a row a lane, or a list with something for each lane.
            live: The lanes whose rows count.
            chunk: See `each`.
        """
        if isinstance(returned, list) and len(returned) == self._width:
            return self.each(live, returned.__getitem__, chunk)
        try:
            values = self._copied(self._rows(returned, chunk))
        except InvalidActionError as error:
            values = np.zeros((self._width, 1, *self._shape), self._dtype)
            return Answer(values, self._ones, dict.fromkeys(live, fault_of(error)))
        length = values.shape[1]
        return Answer(values, self._ones if length == 1 else (length,) * self._width, NO_FAULTS)

    def judged(self, answer: Answer, live: Sequence[int]) -> Answer:
        """Returns what is left of an answer when its numbers are looked at, and clipped to the bounds.

        A lane that holds a number that is not finite or out of range is at fault. Where actions come from
        another process, this is done on this side of it: what came over need not be what was checked there.

        Args:
            answer: From `each` or `batch`, or of the same form; its values are overwritten.
            live: The lanes that were asked.
        """
        values, lengths, faults = answer
        if not self._all_good(values):
            given, values, faults = values, np.zeros_like(values), dict(faults)
            for lane in (lane for lane in live if lane not in answer.faults):
                actions = given[lane, : lengths[lane]]
                if wrong := self._wrong(actions):
                    faults[lane] = LaneFault(INVALID_ACTION, wrong)
                else:
                    values[lane, : lengths[lane]] = actions
        if self._bounds is not None:
            values.clip(*self._bounds, values)
        return Answer(values, lengths, faults)

    def _all_good(self, values: Array) -> bool:
        """Returns whether all rows hold what they may; False may also mean that a closer look is needed."""
        if self._num_actions is None:
            return math.isfinite(np.vdot(values, values))  # half the time of isfinite and all
        return int(values.view(np.uint64).max()) < self._num_actions

    def _wrong(self, actions: Array) -> str:
        """Returns what is wrong with the actions of a lane; empty if nothing is."""
        if self._num_actions is None:
            good, expected = np.isfinite(actions), "finite numbers"
        else:
            good = (actions >= 0) & (actions < self._num_actions)
            expected = f"integers in [0, {self._num_actions})"
        if good.all():
            return ""
        return f"expected {expected}, found {actions.reshape(-1)[:32].tolist()}"[:300]

    def _one(self, returned: Any, chunk: int | None) -> Array:
        """Returns what a policy returned for one lane as ``(K, *shape)``, of whatever dtype."""
        array = returned if type(returned) is np.ndarray else self._array(returned, self._most)
        is_number = array.dtype.kind in self._kinds
        if is_number and array.shape == self._shape:
            return array[None]
        if not is_number or array.ndim != len(self._shape) + 1 or array.shape[1:] != self._shape:
            raise InvalidActionError(self._expected(_told(returned, array)))
        self._check_chunk(returned, array, len(array), chunk)
        return array

    def _rows(self, returned: Any, chunk: int | None) -> Array:
        """Returns what a policy returned for all lanes as ``(width, K, *shape)``, of whatever dtype."""
        array: Array = returned
        if type(returned) is not np.ndarray:
            if not hasattr(returned, "shape"):
                raise InvalidActionError(
                    f"expected an array with a row for each of {self._width} lanes, or a list with an entry "
                    f"for each; found {_named(returned)}"
                )
            array = self._array(returned, self._width * self._most)
        is_number, shape = array.dtype.kind in self._kinds, array.shape
        if is_number and shape == self._batch_shape:
            return array[:, None]
        if not is_number or len(shape) != len(self._shape) + 2 or shape[:1] + shape[2:] != self._batch_shape:
            raise InvalidActionError(f"{self._expected(_told(returned, array))}, for {self._width} lanes")
        self._check_chunk(returned, array, shape[1], chunk)
        return array

    def _array(self, returned: Any, most: int) -> Array:
        """Returns an array of what was returned, which may be anything."""
        name = type(returned).__name__
        if _is_larger(returned, most):
            raise InvalidActionError(self._expected(f"{name} of more than {most} numbers"))
        try:
            array = np.asarray(returned)
            hidden = isinstance(returned, np.ma.MaskedArray) and bool(np.any(returned.mask))
        except Exception as error:
            # A list may be ragged; anything else has a method of its own for it, which raised.
            status = INVALID_ACTION if isinstance(returned, (list, tuple)) else POLICY_ERROR
            found = f"{name}, which becomes no array ({summary(error)})"
            raise InvalidActionError(self._expected(found), status) from error
        if hidden:
            raise InvalidActionError(self._expected(f"{name} with masked entries"))
        return array

    def _check_chunk(self, returned: Any, array: Array, length: int, chunk: int | None) -> None:
        """Checks that so many actions, made an array of what was returned, are meant as a chunk."""
        limit = MAX_CHUNK if chunk is None else chunk
        if not 1 <= length <= limit:
            declared = "" if chunk is None else f", as its attribute 'chunk' says (at most {MAX_CHUNK})"
            raise InvalidActionError(
                f"expected a chunk of 1 to {limit} actions{declared}; found {_told(returned, array)}"
            )
        if isinstance(returned, tuple):
            why = "a tuple is one action and never a chunk"
        elif chunk is not None or length == 1 or (self._shape and hasattr(returned, "shape")):
            return
        else:
            what = "an array of single numbers" if hasattr(returned, "shape") else "a list"
            why = f"{what} is a chunk only if the policy has the attribute {DECLARED}"
        raise InvalidActionError(f"{self._expected(_told(returned, array))}; {why}")

    def _copied(self, actions: Array) -> Array:
        """Returns a copy of the task's dtype: a policy may go on writing into its own array."""
        try:
            return actions.astype(self._dtype, "C")
        except Exception:  # where the policy asked NumPy to raise: a number too large becomes an infinity
            with np.errstate(all="ignore"):
                return actions.astype(self._dtype, "C")

    def _expected(self, found: str) -> str:
        shape = ", ".join(map(str, self._shape))
        chunk = f"(K, {shape})" if shape else "(K)"
        kind = "numbers" if self._num_actions is None else f"integers in [0, {self._num_actions})"
        return f"expected {kind} of shape ({shape}), or {chunk} for a chunk; found {found}"


def _told(returned: Any, array: Array) -> str:
    """Returns what was found in place of an action, in a few words."""
    name = "an array" if isinstance(returned, np.ndarray) else type(returned).__name__
    return f"{name} of shape {array.shape} and dtype {array.dtype}"[:200]


def _named(returned: Any) -> str:
    """Returns what was found in place of an array, in a few words."""
    name = type(returned).__name__
    return f"{name} of length {len(returned)}" if hasattr(returned, "__len__") else name


def _is_larger(returned: Any, most: int) -> bool:
    """Returns whether something holds more than `most` numbers, before it is made an array.

    Python's lists are looked into; of what else has a shape or a length, that is believed.
    """
    pending, count = [returned], 0
    while pending and count <= most:
        one = pending.pop()
        shape = getattr(one, "shape", None)
        if isinstance(shape, tuple):
            count += math.prod(shape)
        elif isinstance(one, (list, tuple)):
            count += len(one)
            if count <= most:
                pending += one
        elif hasattr(one, "__len__"):
            count += len(one)
    return count > most
