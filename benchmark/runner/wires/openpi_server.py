"""A server that speaks openpi's wire, so that its clients drive a policy of ours.

As ``WebsocketPolicyServer`` of openpi does, it sends its metadata first, answers each observation with
``actions`` and ``server_timing``, tells an error as a text and closes with the code 1011, and says under
``/healthz`` that it is well. Beyond that wire, ``{"endpoint": "reset"}`` begins an episode, with the policy's
``seed`` if one is given; RoboArena's servers know that request, too.
"""

from __future__ import annotations

import http
import ssl
import threading
import time
import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.contract.policy_spec import PolicySpec
from ilbench.contract.task import Task
from ilbench.errors import MissingPackageError
from ilbench.guest.network.greeting import Address, is_same_token
from ilbench.runner.faults import raise_fault
from ilbench.runner.hosts.guest import GuestHost
from ilbench.runner.hosts.guest_process import start_process
from ilbench.runner.hosts.host import Host
from ilbench.runner.wires.frames import MAX_FRAME, FrameError, pack, unpack

if TYPE_CHECKING:
    from websockets.sync.server import Server, ServerConnection

PREFIX = "observation/"
"""Clients of openpi may put it before the name of a field."""


class OpenpiServer:
    """A policy on one task, for clients of openpi; every connection has a policy in a process of its own.

    Attributes:
        address: Where it listens; of port 0, the port that the system chose.

    Args:
        address: Where to listen.
        spec: The policy.
        task: What it plays: says which fields a client has to send.
        metadata: What every client is told first.
        token: What a client has to know (``Authorization: Api-Key TOKEN``); empty where everybody is welcome.
        certificate: Files of certificate and key, for TLS.
        timeout_s: How long one call may take.
        load_timeout_s: How long the policy may take to load.

    Raises:
        OSError: It cannot listen there.
        MissingPackageError: The package for websockets is not installed.
    """

    def __init__(
        self,
        address: Address,
        spec: PolicySpec,
        task: Task,
        metadata: Mapping[str, Any],
        *,
        token: str = "",
        certificate: tuple[str, str] | None = None,
        timeout_s: float = 60.0,
        load_timeout_s: float = 300.0,
    ) -> None:
        self._spec = spec
        self._limits_s = timeout_s, load_timeout_s
        self._task = task
        self._metadata = dict(metadata)
        self._token = token
        self._open: set[ServerConnection] = set()
        self._server = self._listening(address, certificate)
        port = self._server.socket.getsockname()[1]
        self.address = address._replace(port=port, is_tls=certificate is not None, fingerprint="")

    def serve(self) -> None:
        """Answers whoever comes, until `stop` is called; then every connection ends."""
        self._server.serve_forever()
        for connection in list(self._open):
            connection.close_socket()

    def stop(self) -> None:
        """Has `serve` return, from another thread or a signal's handler."""
        # It waits for `serve` to end: for ever, in the handler of a signal that interrupts that.
        threading.Thread(target=self._server.shutdown).start()

    def _listening(self, address: Address, certificate: tuple[str, str] | None) -> Server:
        context: ssl.SSLContext | None = None
        if certificate is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(*certificate)
        try:
            from websockets.sync.server import serve
        except ImportError as error:
            raise MissingPackageError("openpi's wire", "websockets", "remote") from error
        return serve(
            self._answer,
            address.host,
            address.port,
            ssl=context,
            process_request=self._look_at,
            compression=None,
            max_size=MAX_FRAME,
            ping_interval=None,  # a client that steps its simulator does not answer
        )

    def _look_at(self, connection: ServerConnection, request: Any) -> Any:
        if request.path == "/healthz":
            return connection.respond(http.HTTPStatus.OK, "OK\n")
        given = request.headers.get("Authorization", "")
        if self._token and not is_same_token(given, f"Api-Key {self._token}"):
            return connection.respond(http.HTTPStatus.UNAUTHORIZED, "wrong token\n")
        return None

    def _answer(self, connection: ServerConnection) -> None:
        from websockets.exceptions import ConnectionClosed

        player = None
        self._open.add(connection)
        try:
            host = GuestHost(start_process(self._spec), self._spec, self._task, 1, *self._limits_s)
            player = _Player(host, self._task)
            connection.send(pack(self._metadata, "bytes"))
            while True:
                connection.send(player.answer(unpack(connection.recv())))
        except ConnectionClosed:
            return
        except Exception:  # as openpi's own server does: whatever it is, the client is told and let go
            connection.send(traceback.format_exc())
            connection.close(1011, "Internal server error. Traceback included in previous frame.")
        finally:
            self._open.discard(connection)
            if player is not None:
                player.close()


class _Player:
    """A policy in one lane, and how long its answers take."""

    def __init__(self, host: Host, task: Task) -> None:
        self._host = host
        self._fields = [field.name for field in task.observation]
        self._total_ms = 0.0
        self._is_new = True
        self._begin(0)

    def answer(self, request: Mapping[Any, Any]) -> bytes | str:
        """Returns the frame that answers a request."""
        start = time.monotonic()
        if request.get("endpoint") == "reset":
            self._begin(int(request.get("seed", 0)))
            return "reset successful"
        self._show(request)
        answer = self._host.act([0])
        if answer.faults:
            raise_fault(answer.faults[0])
        timing = {"infer_ms": 1000 * (time.monotonic() - start)}
        if self._total_ms:
            timing["prev_total_ms"] = self._total_ms
        frame = pack({"actions": answer.chunk(0), "server_timing": timing}, "bytes")
        self._total_ms = 1000 * (time.monotonic() - start)
        return frame

    def close(self) -> None:
        self._host.close()

    def _begin(self, seed: int) -> None:
        self._host.reset(0, seed)
        self._is_new = True

    def _show(self, request: Mapping[Any, Any]) -> None:
        """Writes what a client sees into the row of its lane, behind what it saw before."""
        for name in self._fields:
            value = request.get(PREFIX + name, request.get(name))
            rows = self._host.observations[name]
            row = rows[0, -1] if self._host.history > 1 else rows[0, ...]
            if value is None or np.shape(value) != row.shape:
                found = "nothing" if value is None else f"shape {np.shape(value)}"
                raise FrameError(f"expected {PREFIX}{name} of shape {row.shape}, found {found}")
            if self._host.history > 1 and not self._is_new:
                rows[0, :-1] = rows[0, 1:]
            if self._host.history > 1 and self._is_new:
                rows[0, :] = value
            row[...] = value
        self._is_new = False
