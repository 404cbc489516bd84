"""A policy outside: the conversation with it, and the start of one in a process of its own.

The other side needs only Python and NumPy (`ilbench.guest`), so that it can live in any virtual environment.
Observations and actions travel through arrays that both sides see.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ilbench import guest as guest_package
from ilbench.contract.policy_spec import PolicySpec
from ilbench.contract.task import Task
from ilbench.errors import InvalidSubmissionError
from ilbench.guest import channel as wire
from ilbench.guest.actions import NO_FAULTS, ActionCheck
from ilbench.guest.answers import Answer, unpack_answer
from ilbench.guest.arrays import SharedArrays
from ilbench.plain_text import one_line
from ilbench.processes import open_memory
from ilbench.runner.faults import PolicyFault, PolicyTimeout, ProtocolFault, RemoteTracebackError
from ilbench.runner.hosts.host import observation_layout

if TYPE_CHECKING:
    from ilbench.guest.arrays import ActionLayout, Fields

LOAD_TIMEOUT_S = 300.0


class Guest(Protocol):
    """A policy's side, somewhere: what the conversation needs of it."""

    @property
    def channel(self) -> wire.Channel:
        """Carries the messages."""

    def arrays(self, width: int, fields: Fields, action: ActionLayout) -> SharedArrays:
        """Returns the arrays that both sides see."""

    def ended(self) -> str:
        """Returns how it came to its end, once the channel is closed from over there."""

    def kill(self) -> None:
        """Ends it without asking."""

    def close(self) -> None:
        """Ends it: the closed channel asks it to, and it is killed if it does not obey."""


class GuestHost:
    """A policy that is talked to.

    Args:
        guest: The other side, just started.
        spec: The policy.
        task: What it plays.
        num_lanes: How many lanes are ever live.
        timeout_s: How long one call may take.

    Raises:
        InvalidSubmissionError: The policy cannot be loaded; the message holds its own error.
    """

    def __init__(self, guest: Guest, spec: PolicySpec, task: Task, num_lanes: int, timeout_s: float) -> None:
        self._guest = guest
        self._channel = guest.channel
        self._timeout_s = timeout_s
        self.width = spec.width
        self._check = ActionCheck(task.description()["action"], spec.width)
        self._usual: tuple[Sequence[int], bytes, Sequence[int]] = (), b"", ()
        message = {
            "load": spec.load,
            "arguments": spec.arguments,
            "search_path": list(spec.search_path),
            "width": spec.width,
            "num_lanes": num_lanes,
        }
        try:
            told = _told(self._ask(wire.LOAD, _json(message), LOAD_TIMEOUT_S), num_lanes)
            self.history, self.num_lanes, self.note = told
            fields = observation_layout(task, spec.width, self.history)
            self._ask(wire.TASK, _json({"task": task.description(), "fields": fields}), LOAD_TIMEOUT_S)
        except PolicyFault as fault:
            self.close()
            raise InvalidSubmissionError(f"cannot load the policy {spec.load!r}: {fault.reason}") from fault
        except InvalidSubmissionError:
            self.close()
            raise
        self._arrays = guest.arrays(spec.width, fields, (task.action.shape, task.action.dtype))
        self.observations = self._arrays.observations

    def reset(self, lane: int, seed: int) -> None:
        """Prepares a lane."""
        self._ask(wire.RESET, _json({"lane": lane, "seed": seed}), self._timeout_s)

    def act(self, live: Sequence[int]) -> Answer:
        """Returns the answer of the live lanes.

        Nothing that came over is believed: the actions are copied first, for the other side may still write
        into the shared ones.
        """
        packed = self._ask(wire.ACT, wire.pack_lanes(live), self._timeout_s)
        usual_live, usual_packed, lengths = self._usual
        if packed == usual_packed and live == usual_live:
            faults = NO_FAULTS
        else:
            try:
                lengths, faults = unpack_answer(packed, live, self.width)
            except ValueError as error:
                raise ProtocolFault(f"the policy process broke the protocol: {error}") from error
            if not faults:
                self._usual = live, packed, lengths
        values = self._arrays.actions(max(1, *lengths)).copy()
        return self._check.judged(Answer(values, lengths, faults), live)

    def close(self) -> None:
        """Ends the other side."""
        self._guest.close()

    def _ask(self, kind: bytes, payload: bytes, timeout_s: float) -> bytes:
        try:
            self._channel.send(kind, payload)
            status, answer = self._channel.receive(timeout_s)
        except wire.ChannelTimeoutError as error:
            self._guest.kill()
            raise PolicyTimeout(timeout_s) from error
        except wire.ChannelClosedError as error:
            raise PolicyFault(f"the policy process ended ({self._guest.ended()})") from error
        if status == wire.FAULT:
            reason, _, trace = answer.decode(errors="replace").partition("\n")
            raise PolicyFault(reason) from RemoteTracebackError(trace)
        return answer


class ProcessGuest:
    """A policy process of this machine."""

    def __init__(self, process: subprocess.Popen[bytes], channel: wire.Channel, memory_fd: int) -> None:
        self.channel = channel
        self._process = process
        self._memory_fd = memory_fd

    def arrays(self, width: int, fields: Fields, action: ActionLayout) -> SharedArrays:
        """Returns arrays over the memory file."""
        return SharedArrays(self._memory_fd, width, fields, action)

    def ended(self) -> str:
        """Returns its exit code, or the signal that killed it."""
        code = self._process.wait()
        return f"killed by signal {-code}" if code < 0 else f"exit code {code}"

    def kill(self) -> None:
        """Kills the process."""
        self._process.kill()

    def close(self) -> None:
        """Closes the pipes, waits a moment, and kills what is still there."""
        self.channel.close()
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._memory_fd)


def start_process(spec: PolicySpec) -> ProcessGuest:
    """Returns a fresh policy process, in which nothing is loaded yet."""
    memory_fd = open_memory(0)
    read_ours, write_theirs = os.pipe()
    read_theirs, write_ours = os.pipe()
    home = Path(guest_package.__file__).parents[1]
    # The folder leaves the import path at once: its neighbors must not shadow the policy's own modules.
    start = "import sys; sys.path.insert(0, {!r}); import guest.serve; del sys.path[0]; guest.serve.main()"
    descriptors = (read_theirs, write_theirs, memory_fd)
    process = subprocess.Popen(
        [spec.python or sys.executable, "-c", start.format(str(home)), *map(str, descriptors)],
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        pass_fds=descriptors,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"},
    )
    os.close(read_theirs)
    os.close(write_theirs)
    return ProcessGuest(process, wire.Channel(read_ours, write_ours), memory_fd)


def _told(answer: bytes, num_lanes: int) -> tuple[int, int, str]:
    """Returns what a policy that has been loaded says of itself: its history, its lanes, and a note."""
    try:
        told = json.loads(answer)
        history, lanes, note = told["history"], told["num_lanes"], told["note"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ProtocolFault("the policy process broke the protocol: it was asked to load a policy") from error
    if not (type(history) is int is type(lanes) and history >= 1 <= lanes <= num_lanes and type(note) is str):
        raise ProtocolFault(f"the policy process broke the protocol: a history of {history}, {lanes} lanes")
    return history, lanes, one_line(note)


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value).encode()
