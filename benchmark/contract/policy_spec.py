"""How a policy is loaded and where it runs, as plain data."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from ilbench.arithmetic import Arithmetic
from ilbench.contract.policy import DEFAULT_WIDTH, MAX_WIDTH, Place


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
