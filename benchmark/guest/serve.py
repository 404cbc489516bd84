"""The policy process: loads a policy, then answers one message at a time until the pipe closes."""

from __future__ import annotations

import importlib
import json
import signal
import sys
from functools import partial, reduce
from typing import TYPE_CHECKING

from .actions import ActionCheck
from .answers import MAX_FAULT, pack_answer
from .arrays import SharedArrays
from .channel import (
    ACT,
    DONE,
    FAULT,
    HAND_OVER,
    LOAD,
    RESET,
    TASK,
    Channel,
    ChannelClosedError,
    unpack_lanes,
)
from .faults import describe_trace
from .lifetime import die_with_parent
from .lifting import LanePolicy, lift, why_not

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .arrays import ActionLayout, Fields


def main() -> None:
    """Serves until the harness closes the pipe; arguments are the three descriptors."""
    read_fd, write_fd, memory_fd = map(int, sys.argv[1:4])
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve(Channel(read_fd, write_fd), partial(SharedArrays, memory_fd))


def serve(channel: Channel, make_arrays: Callable[[int, Fields, ActionLayout], SharedArrays]) -> None:
    """Answers until the other side closes the channel.

    Args:
        channel: Where questions come from.
        make_arrays: Returns the arrays that observations come in and actions go out by, given the width, the
            fields of the task, and what an action of it is.
    """
    server = PolicyServer(make_arrays)
    try:
        while True:
            kind, payload = channel.receive()
            if kind == HAND_OVER:
                from .network.direct import ServedClient  # of no use to the policies that nobody serves

                client = ServedClient(int(payload))
                server.make_arrays = client.make_arrays
                channel.send(DONE)
                client.answer(server.answered)
                channel.send(DONE)
                return
            channel.send(*server.answered(kind, payload))
    except ChannelClosedError:  # the harness has stopped, also where it did not wait for an answer
        return


class PolicyServer:
    """A policy that is asked by messages.

    Attributes:
        make_arrays: See `serve`.
    """

    def __init__(self, make_arrays: Callable[[int, Fields, ActionLayout], SharedArrays]) -> None:
        self.make_arrays = make_arrays
        self._policy = LanePolicy()
        self._width = 0
        self._task = ""
        self._arrays: SharedArrays | None = None
        self._check: ActionCheck | None = None
        self._usual: tuple[Sequence[int], bytes] = (), b""
        self._packed = b""

    def answered(self, kind: bytes, payload: bytes) -> tuple[bytes, bytes]:
        """Returns kind and payload of the answer; what a policy raises is one, and ends no process."""
        try:
            return DONE, self.answer(kind, payload)
        except BaseException as error:  # what ends a program too is an answer: the process goes on
            told = "\n".join((why_not(error), describe_trace(error)))
            return FAULT, told.encode(errors="backslashreplace")[:MAX_FAULT]

    def answer(self, kind: bytes, payload: bytes) -> bytes:
        """Returns the payload of the answer to a message; what the policy raises goes on its way."""
        if kind == ACT:
            return self._act(payload)
        message = json.loads(payload)
        if kind == RESET:
            # Read anew: what one policy does to its copy is nothing to another.
            self._policy.reset(message["lane"], message["seed"], json.loads(self._task))
        elif kind == TASK:
            self._task = json.dumps(message["task"])
            fields = [(name, tuple(shape), dtype) for name, shape, dtype in message["fields"]]
            action = message["task"]["action"]
            self._arrays = self.make_arrays(self._width, fields, (tuple(action["shape"]), action["dtype"]))
            self._check = ActionCheck(action, self._width)
        elif kind == LOAD:
            at = _before_libraries(sys.path)
            sys.path[at:at] = message["search_path"]
            module, _, names = message["load"].partition(":")
            entry = reduce(getattr, names.split("."), importlib.import_module(module))
            self._width = message["width"]
            self._policy = lift(entry, self._width, message["arguments"], num_lanes=message["num_lanes"])
            policy = self._policy
            told = {"history": policy.history, "num_lanes": policy.num_lanes, "note": policy.note}
            return json.dumps({**told, "convention": policy.convention}).encode()
        return b""

    def _act(self, payload: bytes) -> bytes:
        if self._arrays is None or self._check is None:
            raise RuntimeError("asked to act before a task was set")
        live = unpack_lanes(payload)
        answer = self._policy.act(self._arrays.observations, live, self._check)
        self._arrays.actions(answer.values.shape[1])[...] = answer.values
        usual = answer.lengths, payload
        if answer.faults or usual != self._usual:
            self._packed = pack_answer(answer, live)
            self._usual = ((), b"") if answer.faults else usual
        return self._packed


def _before_libraries(paths: Sequence[str]) -> int:
    """Returns where a policy's own folders belong: after the standard library, before what is installed."""
    names = ("site-packages", "dist-packages")
    return next((at for at, path in enumerate(paths) if path.rstrip("/\\").endswith(names)), len(paths))
