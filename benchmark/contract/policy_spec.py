"""How a policy is loaded and where it runs, as plain data."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from ilbench.arithmetic import Arithmetic
from ilbench.contract.limits import Limits
from ilbench.contract.policy import DEFAULT_WIDTH, MAX_WIDTH, Place, Sandbox

Wire: TypeAlias = Literal["ilbench", "openpi", "vla-eval"]
"""What a policy server speaks: our own wire, or that of another project."""

RECONNECT_S = 600.0
"""How long a run waits for a server that is gone, where nothing else is said."""


class RemoteServer(BaseModel):
    """A server that a policy lives behind.

    Attributes:
        address: See `ilbench.guest.network.greeting.Address`.
        wire: What it speaks.
        digest: Of the weights and code that it reported when the run was begun; empty where it reports none.
        token: What it wants to know of its clients. It stands in no record.
        is_token_open: Whether the token may travel readable for everybody on the way.
        reconnect_s: How long a worker waits for it when it is gone.
        num_connections: How many policies it serves at a time; None where it does not say.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: str
    wire: Wire = "ilbench"
    digest: str = ""
    token: Annotated[str, Field(repr=False)] = ""
    is_token_open: bool = False
    reconnect_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] = RECONNECT_S
    num_connections: Annotated[int, Field(ge=1)] | None = None


class PolicySpec(BaseModel):
    """How a policy is loaded, and where it runs; plain data, so that it can be sent to a worker.

    Attributes:
        load: Import string of a class, factory, function or object.
        arguments: Keyword arguments of the class, factory or function.
        search_path: Folders put first on the import path.
        place: Where it runs.
        python: Interpreter of a policy process; None for the one that runs the harness.
        arithmetic: How a policy process computes; None for as the harness does, which an inline policy must.
        privileged: Whether this is the task's own expert; `load` is then ignored.
        width: Rows of every batched call, live or not.
        convention: What is said of the policy's actions, by the names of
            `ilbench.contract.convention.Convention`; what it leaves out is not compared.
        remote: The server of a remote policy; `load` is then for the server to know.
        sandbox: What its process is kept in.
        limits: What it may use there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    load: str = ""
    arguments: dict[str, Any] = {}
    search_path: tuple[str, ...] = ()
    place: Place = "inline"
    python: str | None = None
    arithmetic: Arithmetic | None = None
    privileged: bool = False
    width: Annotated[int, Field(ge=1, le=MAX_WIDTH)] = DEFAULT_WIDTH
    convention: dict[str, Any] = {}
    remote: RemoteServer | None = None
    sandbox: Sandbox = "none"
    limits: Limits = Limits()
