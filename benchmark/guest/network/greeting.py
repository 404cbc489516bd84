"""How two sides of a network get to know each other, before anything else is said.

The client greets with the version of the protocol and its token; the server answers with what it serves, or
says why it does not. Who does not know the token learns nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import socket
import ssl
from typing import TYPE_CHECKING, Any, NamedTuple

from ..channel import DONE, FAULT, ChannelBrokenError
from .channel import HELLO, SocketChannel, from_json, to_json

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = 1
"""Of the protocol; a server of another one says so."""
GREETING_S = 10.0
"""How long the greeting may take, that of TLS before it included."""
CONNECT_S = 5.0


class RefusedError(Exception):
    """The server does not serve this client, and says why."""


class WrongCertificateError(Exception):
    """The server's certificate is not the one that was expected."""


class Address(NamedTuple):
    """Where a server is: ``HOST:PORT``, ``tls://HOST:PORT`` or ``tls://HOST:PORT#SHA256``.

    Attributes:
        host: Name or number of the machine.
        port: Its port.
        is_tls: Whether it speaks TLS.
        fingerprint: SHA-256 of its certificate, in hexadecimal; empty for one that an authority signed.
    """

    host: str
    port: int
    is_tls: bool = False
    fingerprint: str = ""

    @classmethod
    def parse(cls, text: str) -> Address:
        """Returns the address that a text says.

        Raises:
            ValueError: It says none.
        """
        scheme, found, rest = text.rpartition("://")
        place, _, fingerprint = rest.partition("#")
        host, _, port = place.rpartition(":")
        digits = fingerprint.replace(":", "").lower()
        is_known = scheme in ("tls", "tcp") if found else True
        is_digest = len(digits) == 64 and set(digits) <= set("0123456789abcdef")
        is_good = is_known and (not fingerprint or (scheme == "tls" and is_digest))
        if not (is_good and host and port.isdecimal() and int(port) < 1 << 16):
            raise ValueError(f"expected HOST:PORT, tls://HOST:PORT or tls://HOST:PORT#SHA256, found {text!r}")
        return cls(host.strip("[]"), int(port), scheme == "tls", digits)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'tls://' if self.is_tls else ''}{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether nothing that is said there leaves this machine."""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def connect(address: Address, token: str) -> tuple[SocketChannel, Mapping[str, Any]]:
    """Returns a channel to a server, and what it says that it serves.

    Raises:
        OSError: There is no connection, or what was reached breaks off.
        RefusedError: The server wants no such client.
        WrongCertificateError: It is not who it should be.
        ChannelBrokenError: It speaks something else.
        ChannelClosedError: It left during the greeting.
        ChannelTimeoutError: It was silent.
    """
    channel = SocketChannel(open_socket(address))
    try:
        channel.send(HELLO, to_json({"protocol": VERSION, "token": token}))
        kind, payload = channel.receive(GREETING_S)
        if kind == FAULT:
            raise RefusedError(payload.decode(errors="replace"))
        if kind != DONE:
            raise ChannelBrokenError(f"it greets with {kind!r}")
        return channel, from_json(payload)
    except BaseException:  # an interrupt too: nobody else would close it
        channel.close()
        raise


def open_socket(address: Address) -> socket.socket:
    """Returns a socket that is connected, over TLS where the address says so.

    Raises:
        OSError: There is no connection.
        WrongCertificateError: Who is reached is not who it should be.
    """
    sock = socket.create_connection((address.host, address.port), CONNECT_S)
    try:
        return _secured(sock, address) if address.is_tls else sock
    except BaseException:  # an interrupt too: nobody else would close it
        sock.close()
        raise


def welcome(channel: SocketChannel, token: str, served: Mapping[str, Any]) -> None:
    """Answers the greeting of a client.

    Args:
        channel: The client.
        token: What it has to know; empty where everybody is welcome.
        served: What it is told.

    Raises:
        RefusedError: It is not welcome, and was told why.
        ChannelBrokenError: What it said is no greeting.
        ChannelClosedError: It left.
        ChannelTimeoutError: It said nothing.
    """
    kind, payload = channel.receive(GREETING_S)
    if kind != HELLO:
        raise ChannelBrokenError(f"it greets with {kind!r}")
    said = from_json(payload)
    given = said.get("token")
    why = ""
    if token and not is_same_token(token, given if isinstance(given, str) else ""):
        why = "wrong token" if given else "a token is needed"
    elif said.get("protocol") != VERSION:
        why = f"this server speaks version {VERSION} of the protocol, the client {said.get('protocol')!r:.20}"
    if why:
        channel.send(FAULT, why.encode())
        raise RefusedError(why)
    channel.send(DONE, to_json(served))


def is_same_token(expected: str, found: str) -> bool:
    """Returns whether two tokens are the same, in a time that does not tell how much of them is."""
    return hmac.compare_digest(*(hashlib.sha256(text.encode()).digest() for text in (expected, found)))


def _secured(sock: socket.socket, address: Address) -> ssl.SSLSocket:
    """Returns a socket that speaks TLS to whom it should."""
    sock.settimeout(GREETING_S)
    context = ssl.create_default_context()
    if address.fingerprint:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # the certificate is known: nobody needs to vouch for it
    try:
        secured = context.wrap_socket(sock, server_hostname=address.host)
    except ssl.SSLCertVerificationError as error:
        raise WrongCertificateError(error.verify_message) from error
    if address.fingerprint:
        found = hashlib.sha256(secured.getpeercert(binary_form=True) or b"").hexdigest()
        if not hmac.compare_digest(found, address.fingerprint):
            raise WrongCertificateError(f"its SHA-256 is {found}, expected {address.fingerprint}")
    return secured
