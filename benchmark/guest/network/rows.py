"""Which rows travel in the messages of a network, and where they lie in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..answers import MAX_CHUNK
from ..arrays import memory_size
from ..channel import ChannelBrokenError, unpack_lanes

if TYPE_CHECKING:
    from typing import Any

    import numpy as np

    from ..arrays import ActionLayout, Fields, SharedArrays

MAX_MEMORY = 1 << 33
"""Bytes of the arrays of one connection; what is not written to takes none."""


class TravelingRows:
    """The rows up to the last lane that is asked: of observations there, and of actions back.

    What a policy sees of the rows behind them is zeros, as it is where nothing travels.

    Attributes:
        width: Rows of every array.
        asked: The lanes of the question that is not answered yet.

    Args:
        arrays: Observations and actions.
        width: Their rows.
    """

    def __init__(self, arrays: SharedArrays, width: int) -> None:
        self.width = width
        self.asked: tuple[int, ...] = ()
        self._arrays = arrays
        self._observations = [_memory(array, width) for array in arrays.observations.values()]
        self._actions: dict[int, memoryview] = {}
        self._questions: dict[int, list[memoryview]] = {}
        self._filled = width

    def ask(self, lanes: tuple[int, ...]) -> list[memoryview]:
        """Returns the memory of the observations of a question, one piece a field."""
        self.asked = lanes
        count = max(lanes) + 1
        if count not in self._questions:
            self._questions[count] = [rows[:count].cast("B") for rows in self._observations]
        return self._questions[count]

    def question(self, lanes: tuple[int, ...]) -> list[memoryview]:
        """Returns where the observations of a question go that came from elsewhere.

        Raises:
            ChannelBrokenError: There are no such lanes, or one is named twice.
        """
        count = max(lanes) + 1
        if count > self.width or len(set(lanes)) < len(lanes):
            found = f"the lanes {list(lanes)[:20]}"
            raise ChannelBrokenError(f"{found}; expected some below {self.width}, each once")
        if self._filled > count:
            for array in self._arrays.observations.values():
                array[count : self._filled] = 0
        self._filled = count
        return self.ask(lanes)

    def answer(self, packed: bytes) -> list[memoryview]:
        """Returns the memory of the actions that belong to an answer; none to one that makes no sense.

        Args:
            packed: From `ilbench.guest.answers.pack_answer`, or whatever came in its place.
        """
        asked, self.asked = self.asked, ()
        size = 2 * len(asked)
        longest = max(unpack_lanes(packed[:size]), default=0) if len(packed) >= size else 0
        if not 0 < longest <= MAX_CHUNK:
            return []
        if longest not in self._actions:
            self._actions[longest] = _memory(self._arrays.actions(longest), self.width)
        return [self._actions[longest][: max(asked) + 1].cast("B")]


def check_layout(width: int, fields: Fields, action: ActionLayout) -> None:
    """Checks that arrays can be made as a client wants them.

    Raises:
        ChannelBrokenError: They cannot, or would be too large.
    """
    try:
        size = memory_size(width, fields, action)
        if size > MAX_MEMORY or any(shape[0] != width or min(shape) < 1 for _, shape, _ in fields):
            raise ValueError(f"expected {width} rows, and at most {MAX_MEMORY} bytes in all")
    except (TypeError, ValueError, IndexError) as error:
        raise ChannelBrokenError(f"its task: {type(error).__name__}: {error}") from error


def _memory(array: np.ndarray[Any, Any], width: int) -> memoryview:
    """Returns the bytes of an array, ``(width, bytes a row)``."""
    return array.reshape(width, -1).view("u1").data
