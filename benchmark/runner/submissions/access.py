"""How the servers of remote policies are reached."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ilbench.contract.policy_spec import RECONNECT_S, RemoteServer
from ilbench.reading import read_bytes

TOKEN_VARIABLE = "ILBENCH_TOKEN"
"""The environment variable that holds a token where no file is named."""
MAX_TOKEN_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAccess:
    """How servers are reached.

    Attributes:
        token_file: File whose content they want to know; None for the environment variable `TOKEN_VARIABLE`.
        is_token_open: Whether the token may travel readable for everybody on the way.
        reconnect_s: How long a worker waits for a server that is gone.
    """

    token_file: Path | None = None
    is_token_open: bool = False
    reconnect_s: float = RECONNECT_S

    def server(self, address: str) -> RemoteServer:
        """Returns the server at an address, reached so; what it serves is not known yet.

        Raises:
            CorruptFileError: The token file cannot be read.
        """
        return RemoteServer(
            address=address,
            token=read_token(self.token_file),
            is_token_open=self.is_token_open,
            reconnect_s=self.reconnect_s,
        )


ANY_ACCESS = ServerAccess()
"""With the token of the environment, if there is one."""


def read_token(file: Path | None) -> str:
    """Returns a token from a file, or from the environment; empty where there is none.

    Raises:
        CorruptFileError: The file cannot be read.
    """
    if file is None:
        return os.environ.get(TOKEN_VARIABLE, "").strip()
    return read_bytes(file, MAX_TOKEN_BYTES).decode(errors="replace").strip()
