"""What adapter and LIBERO's process say to each other; needs Python and NumPy alone.

Messages go over `ilbench.guest.channel`. A request is JSON, but for a step, which is the action's bytes. An
answer is one observation (its arrays one after the other) and a last byte that says whether the task is done;
to `STATE`, the bytes of the simulator's state; to `MAKE`, nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

MAKE, RESET, STEP, STATE = b"m", b"r", b"s", b"x"
DONE, MISSING, FAULT = b"d", b"n", b"f"
"""Answers: all is well; something is not installed; anything else that went wrong. The last two say what."""

Layout = list[tuple[str, tuple[int, ...], str]]
"""Name, shape and dtype of each array of an observation, in order."""


def pack(observation: dict[str, Any], done: bool, layout: Layout) -> bytes:
    """Returns an observation as bytes."""
    parts = [np.ascontiguousarray(observation[name], dtype=dtype).tobytes() for name, _, dtype in layout]
    return b"".join([*parts, bytes([done])])


def unpack(payload: bytes, layout: Layout) -> tuple[dict[str, Any], bool]:
    """Returns the observation and whether the task is done.

    Raises:
        ValueError: The bytes are not those of such an observation.
    """
    observation, offset = {}, 0
    for name, shape, dtype in layout:
        count = int(np.prod(shape))
        flat = np.frombuffer(payload, dtype=dtype, count=count, offset=offset)
        observation[name] = flat.reshape(shape).copy()
        offset += flat.nbytes
    if len(payload) != offset + 1:
        raise ValueError(f"an observation of {len(payload)} bytes, expected {offset + 1}")
    return observation, bool(payload[-1])
