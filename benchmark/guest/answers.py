"""What a policy answers to one call, lane by lane, and how that travels from one process to another."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

MAX_CHUNK = 1024
"""Actions of a chunk, at most: it is held in memory before the first of them is played."""

POLICY_ERROR, INVALID_ACTION = "policy_error", "invalid_action"
STATUSES = (POLICY_ERROR, INVALID_ACTION)
"""How an episode can end by what its policy answered."""

MAX_FAULT = 16_000
"""Characters of what is told of an error: one line, then its traceback."""
MAX_FAULTS = 80_000
"""Characters of what is told of all lanes together: a message holds them, at 12 bytes for the strangest."""


class LaneFault(NamedTuple):
    """Why a lane has no action.

    Attributes:
        status: Of `STATUSES`.
        reason: One line.
        trace: Where the policy raised, as Python prints it; empty where it returned.
    """

    status: str
    reason: str
    trace: str = ""


class Answer(NamedTuple):
    """A chunk of actions for every lane that was asked, or why it has none.

    Attributes:
        values: ``(width, K, *action.shape)`` of the task's dtype, a copy that nobody else holds.
        lengths: How many of the K are a lane's chunk, by lane; of lanes that were not asked it means nothing.
        faults: Why a lane has no chunk, by lane.
    """

    values: np.ndarray[Any, Any]
    lengths: Sequence[int]
    faults: Mapping[int, LaneFault]

    def chunk(self, lane: int) -> np.ndarray[Any, Any]:
        """Returns the actions of a lane without fault, ``(1 to K, *action.shape)``."""
        actions: np.ndarray[Any, Any] = self.values[lane, : self.lengths[lane]]
        return actions


def pack_answer(answer: Answer, live: Sequence[int]) -> bytes:
    """Returns an answer without its values, which travel in shared memory.

    Two bytes for the length of each live lane's chunk, 0 for one at fault; then, if there are any, the faults
    as JSON. What is told of a fault is cut short where many have something to tell.
    """
    lengths = [0 if lane in answer.faults else answer.lengths[lane] for lane in live]
    packed = struct.pack(f"<{len(live)}H", *lengths)
    if not answer.faults:
        return packed
    room = min(MAX_FAULT, MAX_FAULTS // len(answer.faults))
    told = []
    for lane, fault in answer.faults.items():
        reason = fault.reason[:room]
        end = max(0, len(fault.trace) - (room - len(reason)))
        told.append([lane, fault.status, reason, fault.trace[end:]])
    return packed + json.dumps(told).encode()


def unpack_answer(
    packed: bytes, live: Sequence[int], width: int
) -> tuple[Sequence[int], Mapping[int, LaneFault]]:
    """Returns the lengths and faults of an answer that came from elsewhere.

    Raises:
        ValueError: It is not what `pack_answer` makes for these lanes.
    """
    size = 2 * len(live)
    if len(packed) < size:
        raise ValueError(f"expected a length for each of {len(live)} lanes, found {len(packed)} bytes")
    given = dict(zip(live, struct.unpack(f"<{len(live)}H", packed[:size])))  # noqa: B905 - Python 3.8
    faults = _unpacked_faults(packed[size:]) if len(packed) > size else {}
    for lane, length in given.items():
        if length > MAX_CHUNK or (length == 0) is not (lane in faults):
            raise ValueError(f"expected a chunk or a fault of lane {lane}, found a chunk of {length}")
    if not faults.keys() <= given.keys():
        raise ValueError(f"expected faults of the lanes {list(live)}, found {list(faults)}")
    return [given.get(lane, 0) for lane in range(width)], faults


def _unpacked_faults(told: bytes) -> dict[int, LaneFault]:
    try:
        rows = json.loads(told)
    except RecursionError as error:
        raise ValueError("expected a list of faults, found something nested") from error
    faults = {}
    for row in rows if isinstance(rows, list) else [rows]:
        if not (isinstance(row, list) and [type(part) for part in row] == [int, str, str, str]):
            raise ValueError("expected lane, status, reason and traceback of a fault, found something else")
        lane, status, reason, trace = row
        if status not in STATUSES or lane in faults:
            raise ValueError(f"expected one fault a lane, found {status[:20]!r} of lane {lane}")
        faults[lane] = LaneFault(status, reason, trace)
    return faults
