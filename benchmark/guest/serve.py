"""The policy process: loads a policy, then answers one message at a time until the pipe closes."""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import signal
import sys
import traceback
from typing import Any

import numpy as np

from .channel import ACT, DONE, FAULT, LOAD, RESET, TASK, Channel, ChannelClosedError, SharedArrays
from .lifting import LanePolicy, lift

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Serves until the harness closes the pipe; arguments are the three descriptors."""
    read_fd, write_fd, memory_fd = map(int, sys.argv[1:4])
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    server = _Server(memory_fd)
    channel = Channel(read_fd, write_fd)
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
        return FAULT, describe(error).encode()[:8000]


class _Server:
    def __init__(self, memory_fd: int) -> None:
        self._memory_fd = memory_fd
        self._policy = LanePolicy()
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
            self._arrays = SharedArrays(self._memory_fd, fields)
            self._layout = None
        elif kind == LOAD:
            sys.path[:0] = message["search_path"]
            module, _, name = message["load"].partition(":")
            entry = getattr(importlib.import_module(module), name)
            self._policy = lift(entry, message["width"], message["arguments"])
            return json.dumps({"history": self._policy.history}).encode()
        return b""

    def _act(self, live: bytes) -> bytes:
        if self._arrays is None:
            raise RuntimeError("asked to act before a task was set")
        actions = np.asarray(self._policy.act(self._arrays.observations, list(live)))
        layout = (actions.shape, actions.dtype.str)
        if layout != self._layout:
            if actions.dtype.kind not in "fiub":
                raise TypeError(f"actions must be numbers, found an array of dtype {actions.dtype}")
            self._actions = self._arrays.actions(*layout)
            self._answer = json.dumps(layout).encode()
            self._layout = layout
        self._actions[...] = actions
        return self._answer


def describe(error: BaseException) -> str:
    """Returns one line that says what was raised and where: type, message, innermost file and line."""
    frames = traceback.extract_tb(error.__traceback__)
    text = " ".join(f"{type(error).__name__}: {error}".split())[:500]
    if not frames:
        return text
    last = frames[-1]
    return f"{text} ({os.path.basename(last.filename)}:{last.lineno}, in {last.name})"  # noqa: PTH119


def die_with_parent() -> None:
    """Asks the kernel to end this process when its parent ends, so that no policy is left behind."""
    with contextlib.suppress(OSError, AttributeError):  # not Linux: the closed pipe ends it instead
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
