"""Where a policy is asked to run, by the options of a command or the arguments of a call."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, Unpack

from ilbench.contract.limits import ALLOWED_MEMORY_GIB
from ilbench.contract.policy import Place, WantedSandbox
from ilbench.contract.policy_spec import RECONNECT_S
from ilbench.runner.submissions.access import ANY_ACCESS, ServerAccess


class Placing(TypedDict, total=False):
    """Where a named policy is to run. What is left out, or is None, is as usual.

    Attributes:
        place: ``inline`` in the workers, or in a ``process`` of its own: the usual place of a folder. A
            remote policy is where its server is.
        python: The interpreter that has the library of a file such as ``sb3:model.zip``; or this one.
        sandbox: What the policy's process is kept in: ``none`` for your own, ``auto`` for a stranger's.
        memory_gib: How much memory a submission may ask for in a sandbox.
        token_file: File with the token of a policy's server (``remote:HOST:PORT``); if not given, it is the
            content of the environment variable ``ILBENCH_TOKEN``.
        insecure: Send the token over the network readable for everybody.
        reconnect: Seconds that a policy's server is waited for when it is gone.
    """

    place: Place | None
    python: str | Path | None
    sandbox: WantedSandbox | None
    memory_gib: float | None
    token_file: str | Path | None
    insecure: bool
    reconnect: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a policy is asked to run; see `Placing` for what each of it means.

    Attributes:
        place: None for the usual place of such a policy.
        python: None for this interpreter.
        sandbox: What its process is kept in; what is this project's own needs none under ``auto``.
        memory_gib: How much memory it may ask for there.
        access: How its server is reached.
    """

    place: Place | None = None
    python: str | None = None
    sandbox: WantedSandbox = "none"
    memory_gib: float = ALLOWED_MEMORY_GIB
    access: ServerAccess = ANY_ACCESS


ANYWHERE = Placement()
"""As usual."""


def placement_of(**placing: Unpack[Placing]) -> Placement:
    """Returns where a policy is asked to run, given what was said of it."""
    python, token = placing.get("python"), placing.get("token_file")
    return Placement(
        place=placing.get("place"),
        python=None if python is None else str(python),
        sandbox=placing.get("sandbox") or "none",
        memory_gib=placing.get("memory_gib") or ALLOWED_MEMORY_GIB,
        access=ServerAccess(
            token_file=None if token is None else Path(token),
            is_token_open=placing.get("insecure", False),
            reconnect_s=placing.get("reconnect", RECONNECT_S),
        ),
    )
