"""A policy outside: the conversation with it, whatever side of it that is.

The other side needs only Python and NumPy (`ilbench.guest`), so that it can live in any virtual environment.
Observations and actions travel through arrays that both sides see.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from ilbench.contract.policy_spec import PolicySpec
from ilbench.contract.task import Task
from ilbench.errors import InvalidSubmissionError
from ilbench.guest import channel as wire
from ilbench.guest.actions import NO_FAULTS, ActionCheck
from ilbench.guest.answers import Answer, unpack_answer
from ilbench.guest.arrays import SharedArrays
from ilbench.plain_text import one_line
from ilbench.runner.faults import (
    LOAD_TIMEOUT,
    PolicyEnded,
    PolicyFault,
    PolicyTimeout,
    ProtocolFault,
    RemoteTracebackError,
)
from ilbench.runner.hosts.host import LostWhileLoadingError, observation_layout
from ilbench.runner.submissions.stated_convention import check_told

if TYPE_CHECKING:
    from ilbench.guest.arrays import ActionLayout, Fields

BROKEN = "the policy process broke the protocol"


class Messages(Protocol):
    """What carries the messages, see `ilbench.guest.channel.Channel`."""

    def send(self, kind: bytes, payload: bytes = b"") -> None:
        """Sends a message."""

    def check_quiet(self) -> None:
        """Checks that nothing has come unasked."""

    def receive(self, timeout_s: float | None = None) -> tuple[bytes, bytes]:
        """Returns the next message, kind and payload."""


class Guest(Protocol):
    """A policy's side, somewhere: what the conversation needs of it."""

    @property
    def channel(self) -> Messages:
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
        load_timeout_s: How long it may take to load.

    Raises:
        InvalidSubmissionError: The policy cannot be loaded; the message holds its own error.
        ConventionMismatchError: It says of its actions what the task does not take.
        LostWhileLoadingError: Its process ended meanwhile.
        ConnectionLostError: The connection to it is gone; so for whatever is asked of it later.
    """

    def __init__(
        self,
        guest: Guest,
        spec: PolicySpec,
        task: Task,
        num_lanes: int,
        timeout_s: float,
        load_timeout_s: float,
    ) -> None:
        self._guest = guest
        self._channel = guest.channel
        self._timeout_s = timeout_s
        self.width = spec.width
        self.check = ActionCheck(task.description()["action"], spec.width)
        self._usual: tuple[Sequence[int], bytes, Sequence[int]] = (), b"", ()
        loading = load_message(spec) if spec.remote is None else {"width": spec.width, "task": task.id}
        loading["num_lanes"] = num_lanes
        try:
            told = _told(self._ask(wire.LOAD, _json(loading), load_timeout_s), num_lanes)
            self.history, self.num_lanes, self.note, convention = told
            check_told(task, convention)
            fields = observation_layout(task, spec.width, self.history)
            self._arrays = guest.arrays(spec.width, fields, (task.action.shape, task.action.dtype))
            self._tell(wire.TASK, _json({"task": task.description(), "fields": fields}), load_timeout_s)
        except BaseException as error:  # an interrupt too: the process must not stay behind
            self.close()
            _refuse(spec, error, load_timeout_s)
        self.observations = self._arrays.observations

    def reset(self, lane: int, seed: int) -> None:
        """Prepares a lane."""
        self._tell(wire.RESET, _json({"lane": lane, "seed": seed}), self._timeout_s)

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
                raise ProtocolFault(f"{BROKEN}: {error}") from error
            if not faults:
                self._usual = live, packed, lengths
        values = self._arrays.actions(max(1, *lengths)).copy()
        return self.check.judged(Answer(values, lengths, faults), live)

    def close(self) -> None:
        """Ends the other side."""
        self._guest.close()

    def _tell(self, kind: bytes, payload: bytes, timeout_s: float) -> None:
        """Says something that is answered by nothing but that it was done."""
        if answer := self._ask(kind, payload, timeout_s):
            raise ProtocolFault(f"{BROKEN}: it answered {len(answer)} bytes, expected none")

    def _ask(self, kind: bytes, payload: bytes, timeout_s: float) -> bytes:
        try:
            self._channel.check_quiet()
            self._channel.send(kind, payload)
            status, answer = self._channel.receive(timeout_s)
        except wire.ChannelTimeoutError as error:
            self._guest.kill()
            raise PolicyTimeout(timeout_s) from error
        except (wire.ChannelClosedError, wire.ChannelBrokenError) as error:
            raise self._fault(error) from error
        if status == wire.FAULT:
            reason, _, trace = answer.decode(errors="replace").partition("\n")
            raise PolicyFault(reason) from RemoteTracebackError(trace)
        if status != wire.DONE:
            raise ProtocolFault(f"{BROKEN}: an answer of the kind {status!r}")
        return answer

    def _fault(self, error: Exception) -> PolicyFault:
        if isinstance(error, wire.ChannelClosedError):
            return PolicyEnded(self._guest.ended())
        return ProtocolFault(f"{BROKEN}: {error}")


def load_message(spec: PolicySpec) -> dict[str, Any]:
    """Returns how a policy is loaded, as its process is told; a server decides that for itself."""
    return {
        "load": spec.load,
        "arguments": spec.arguments,
        "search_path": list(spec.search_path),
        "width": spec.width,
    }


def _refuse(spec: PolicySpec, error: BaseException, limit_s: float) -> NoReturn:
    """Raises what is told of a policy that could not be loaded, and why."""
    what = f"cannot load the policy {spec.load!r}"
    if isinstance(error, PolicyEnded):
        raise LostWhileLoadingError(f"{what}: {error.reason}") from error
    if isinstance(error, PolicyTimeout):
        raise InvalidSubmissionError(f"{what}: {LOAD_TIMEOUT.format(limit_s)}") from error
    if isinstance(error, PolicyFault):
        raise InvalidSubmissionError(f"{what}: {error.reason}") from error
    if isinstance(error, OSError):  # the policy has taken hold of the memory before us
        raise InvalidSubmissionError(f"{what}: {BROKEN}: {error}") from error
    raise error


def _told(answer: bytes, num_lanes: int) -> tuple[int, int, str, object]:
    """Returns what a policy that has been loaded says of itself: history, lanes, a note, its convention."""
    try:
        told = json.loads(answer)
        history, lanes, note = told["history"], told["num_lanes"], told["note"]
        convention = told["convention"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ProtocolFault(f"{BROKEN}: it was asked to load a policy") from error
    if not (type(history) is int is type(lanes) and history >= 1 <= lanes <= num_lanes and type(note) is str):
        raise ProtocolFault(f"{BROKEN}: a history of {history}, {lanes} lanes")
    return history, lanes, one_line(note), convention


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value).encode()
