"""The policy process: loads a policy, then answers one message at a time until the pipe closes."""

from __future__ import annotations

import importlib
import json
import signal
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from .arrays import SharedArrays
from .channel import ACT, DONE, FAULT, LOAD, RESET, TASK, Channel, ChannelClosedError, unpack_lanes
from .faults import describe, describe_trace
from .lifetime import die_with_parent
from .lifting import LanePolicy, lift

if TYPE_CHECKING:
    from collections.abc import Callable

    from .arrays import Fields

MAX_FAULT = 16_000
"""Bytes of an answer that tells of an error: one line, then its traceback."""


def main() -> None:
    """Serves until the harness closes the pipe; arguments are the three descriptors."""
    read_fd, write_fd, memory_fd = map(int, sys.argv[1:4])
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve(Channel(read_fd, write_fd), lambda width, fields: SharedArrays(memory_fd, width, fields))


def serve(channel: Channel, make_arrays: Callable[[int, Fields], SharedArrays]) -> None:
    """Answers until the other side closes the channel.

    Args:
        channel: Where questions come from.
        make_arrays: Returns the arrays that observations come in and actions go out by, given the width and
            the fields of the task.
    """
    server = _Server(make_arrays)
    try:
        while True:
            channel.send(*_answered(server, *channel.receive()))
    except ChannelClosedError:  # the harness has stopped, also where it did not wait for an answer
        return


def _answered(server: _Server, kind: bytes, payload: bytes) -> tuple[bytes, bytes]:
    """Returns kind and payload of the answer; what a policy raises is one, and does not end this process."""
    try:
        return DONE, server.answer(kind, payload)
    except Exception as error:
        told = "\n".join((describe(error), describe_trace(error)))
        return FAULT, told.encode(errors="backslashreplace")[:MAX_FAULT]


class _Server:
    def __init__(self, make_arrays: Callable[[int, Fields], SharedArrays]) -> None:
        self._make_arrays = make_arrays
        self._policy = LanePolicy()
        self._width = 0
        self._task: dict[str, Any] = {}
        self._arrays: SharedArrays | None = None
        self._layout: tuple[tuple[int, ...], str] | None = None
        self._actions = np.zeros(0)
        self._answer = b""

    def answer(self, kind: bytes, payload: bytes) -> bytes:
        if kind == ACT:
            return self._act(payload)
        message = json.loads(payload)
        if kind == RESET:
            self._policy.reset(message["lane"], message["seed"], self._task)
        elif kind == TASK:
            self._task = message["task"]
            fields = [(name, tuple(shape), dtype) for name, shape, dtype in message["fields"]]
            self._arrays = self._make_arrays(self._width, fields)
            self._layout = None
        elif kind == LOAD:
            sys.path[:0] = message["search_path"]
            module, _, name = message["load"].partition(":")
            entry = getattr(importlib.import_module(module), name)
            self._width = message["width"]
            self._policy = lift(entry, self._width, message["arguments"], num_lanes=message["num_lanes"])
            return json.dumps({"history": self._policy.history}).encode()
        return b""

    def _act(self, payload: bytes) -> bytes:
        if self._arrays is None:
            raise RuntimeError("asked to act before a task was set")
        actions = np.asarray(self._policy.act(self._arrays.observations, unpack_lanes(payload)))
        layout = (actions.shape, actions.dtype.str)
        if layout != self._layout:
            if actions.dtype.kind not in "fiub":
                raise TypeError(f"actions must be numbers, found an array of dtype {actions.dtype}")
            self._actions = self._arrays.actions(*layout)
            self._answer = json.dumps(layout).encode()
            self._layout = layout
        self._actions[...] = actions
        return self._answer
