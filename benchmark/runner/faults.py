"""What can go wrong in an episode through the policy's fault, and how it is put into a record."""

from __future__ import annotations

from typing import NoReturn

from ilbench.errors import ILBenchError
from ilbench.guest.answers import INVALID_ACTION, LaneFault
from ilbench.plain_text import one_line
from ilbench.processes import FROM_OUTSIDE
from ilbench.runs.record import Status

REASON_CHARACTERS = 1000
"""Bound of a reason: what `ilbench.guest.faults.describe` makes of an error, with its place, is shorter."""
LOAD_TIMEOUT = "it did not load within {:g} s; if it needs longer, say so with --load-timeout"


class PolicyFault(Exception):  # noqa: N818 - a fault is recorded, it is no error of the program
    """The policy broke the protocol: the episode is a failure and says why.

    Attributes:
        status: Status of the record.
        reason: One line for the record, printable and bounded whatever a policy said.
        ends_policy: Whether the policy cannot be asked anything more.
    """

    status: Status = "policy_error"
    ends_policy = False

    def __init__(self, reason: str) -> None:
        self.reason = one_line(reason, REASON_CHARACTERS)
        super().__init__(self.reason)


class ConnectionLostError(Exception):
    """The connection to a policy's server is gone, or could not be made: no fault of the policy's.

    Attributes:
        reason: One line.
        patience_s: How long to try to get another one.
    """

    def __init__(self, reason: str, patience_s: float) -> None:
        super().__init__(reason)
        self.reason = reason
        self.patience_s = patience_s


class ServerUnreachableError(ILBenchError):
    """A policy's server that was gone for longer than was to be waited."""


class RemoteTracebackError(Exception):
    """The traceback of an error in another process: the cause of the error that is raised for it here.

    Args:
        text: The traceback as that process prints it.
    """

    def __init__(self, text: str) -> None:
        super().__init__(f"in another process:\n{text.rstrip()}")


class InvalidAction(PolicyFault):
    """Actions of the wrong shape or kind, not finite, or out of range."""

    status: Status = "invalid_action"


class ProtocolFault(PolicyFault):
    """What came from a policy's process is not what the two sides have agreed on."""

    ends_policy = True


class PolicyEnded(PolicyFault):
    """The policy's process came to its end.

    Attributes:
        is_from_outside: Whether it was ended as no policy ends by itself.

    Args:
        how: See `ilbench.processes.how_ended`.
    """

    ends_policy = True

    def __init__(self, how: str) -> None:
        super().__init__(f"the policy process ended ({how})")
        self.is_from_outside = how in FROM_OUTSIDE


class PolicyTimeout(PolicyFault):
    """The policy did not answer in time."""

    status: Status = "timeout"
    ends_policy = True

    def __init__(self, timeout_s: float) -> None:
        super().__init__(f"the policy did not answer within {timeout_s:g} s")


class EpisodeTimeout(PolicyFault):
    """The policy took too long for one episode, call by call."""

    status: Status = "timeout"

    def __init__(self, limit_s: float) -> None:
        super().__init__(f"the policy took more than {limit_s:g} s for the episode")


def raise_fault(fault: LaneFault) -> NoReturn:
    """Raises the fault of a lane that is alone in a call."""
    kind = InvalidAction if fault.status == INVALID_ACTION else PolicyFault
    raise kind(fault.reason) from (RemoteTracebackError(fault.trace) if fault.trace else None)
