"""A server: it listens, and every connection is answered in a thread of its own."""

from __future__ import annotations

import socket
import ssl
import threading
from typing import TYPE_CHECKING

from .channel import SocketChannel
from .greeting import GREETING_S, Address
from .relay import Places, answer_client

if TYPE_CHECKING:
    from .relay import Offer

LOOK_S = 0.2
"""How often it is looked whether to stop."""
MAX_WAITING = 64
"""Connections beside those with a policy: greetings, and clients that are told that no place is free."""


class Server:
    """A listening socket and its connections.

    Attributes:
        address: Where it listens; of port 0, the port that the system chose.

    Args:
        address: Where to listen.
        offer: What is served.
        certificate: Files of certificate and key, for TLS.

    Raises:
        OSError: It cannot listen there, or the certificate cannot be loaded.
    """

    def __init__(self, address: Address, offer: Offer, certificate: tuple[str, str] | None = None) -> None:
        self._context: ssl.SSLContext | None = None
        if certificate is not None:
            self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self._context.load_cert_chain(*certificate)
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        self._socket = socket.create_server((address.host, address.port), family=family, backlog=MAX_WAITING)
        self._socket.settimeout(LOOK_S)
        self.address = address._replace(
            port=self._socket.getsockname()[1], is_tls=certificate is not None, fingerprint=""
        )
        self._offer = offer
        self._places = Places(offer.num_connections)
        self._open: dict[threading.Thread, SocketChannel | socket.socket] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def serve(self) -> None:
        """Answers whoever comes, until `stop` is called; then every connection ends."""
        try:
            while not self._stop.is_set():
                try:
                    sock, _ = self._socket.accept()
                except socket.timeout:  # noqa: UP041 - a class of its own in Python 3.8
                    continue
                self._begin(sock)
        finally:
            self._socket.close()
            self._end_all()

    def stop(self) -> None:
        """Has `serve` return, from another thread or a signal's handler."""
        self._stop.set()

    def _begin(self, sock: socket.socket) -> None:
        with self._lock:
            if len(self._open) >= self._places.count + MAX_WAITING:
                sock.close()
                return
            thread = threading.Thread(target=self._answer, args=(sock,), daemon=True)
            self._open[thread] = sock
        thread.start()

    def _answer(self, sock: socket.socket) -> None:
        try:
            sock.settimeout(GREETING_S)
            if self._context is not None:
                sock = self._context.wrap_socket(sock, server_side=True)
            channel = SocketChannel(sock)
            with self._lock:
                self._open[threading.current_thread()] = channel
            answer_client(channel, self._offer, self._places)
        except OSError:  # one that does not speak TLS, or is gone again
            sock.close()
        finally:
            with self._lock:
                self._open.pop(threading.current_thread(), None)

    def _end_all(self) -> None:
        with self._lock:
            left = dict(self._open)
        for thread, connection in left.items():
            if isinstance(connection, SocketChannel):
                connection.abort()
            else:
                connection.close()
            thread.join(timeout=GREETING_S)
