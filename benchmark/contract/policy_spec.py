"""How a policy is loaded and where it runs, as plain data."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from ilbench.arithmetic import Arithmetic
from ilbench.contract.limits import Limits
from ilbench.contract.policy import DEFAULT_WIDTH, MAX_WIDTH, Place, Sandbox


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
    sandbox: Sandbox = "none"
    limits: Limits = Limits()
