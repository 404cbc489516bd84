"""How much of a machine a policy in a sandbox may use."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

DEFAULT_MEMORY_GIB = 4.0
"""What a submission gets that does not ask for more."""
ALLOWED_MEMORY_GIB = 8.0
"""What a submission may ask for, where the user does not say another number."""

Gib = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Hours = Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]


class Limits(BaseModel):
    """What a policy process and all that it starts may use together, where it runs in a sandbox.

    Elsewhere they mean nothing: the table ``[limits]`` of ``submission.toml`` says what a policy needs.

    Attributes:
        memory_gib: Memory. More than `DEFAULT_MEMORY_GIB` has to be asked for, and allowed by the user.
        tmp_gib: Files below ``/tmp``, which lie in memory too, and must be allowed so; no file can be larger.
        processor_hours: Processor time of one policy process, of which there is one a worker.
        processes: Processes and threads.
        open_files: Files that one process has open.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    memory_gib: Gib = DEFAULT_MEMORY_GIB
    tmp_gib: Gib = 1.0
    processor_hours: Hours = 24.0
    processes: Annotated[int, Field(ge=16, le=4096)] = 128
    open_files: Annotated[int, Field(ge=16, le=1 << 16)] = 512
