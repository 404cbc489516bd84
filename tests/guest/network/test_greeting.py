from __future__ import annotations

import shutil
import socket
import subprocess

import pytest
import served

from ilbench.guest.channel import ChannelBrokenError, ChannelClosedError
from ilbench.guest.network.channel import HELLO, SocketChannel, to_json
from ilbench.guest.network.greeting import (
    Address,
    RefusedError,
    WrongCertificateError,
    connect,
    is_same_token,
    open_socket,
)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("host:7000", Address("host", 7000)),
        ("tcp://host:7000", Address("host", 7000)),
        ("[::1]:80", Address("::1", 80)),
        ("tls://host:7000", Address("host", 7000, True)),
        ("tls://host:7000#" + "aB" * 32, Address("host", 7000, True, "ab" * 32)),
        ("tls://host:7000#" + ":".join(["AB"] * 32), Address("host", 7000, True, "ab" * 32)),
    ],
)
def test_an_address_says_host_port_and_tls(text, address):
    assert Address.parse(text) == address


@pytest.mark.parametrize(
    "text",
    ["", "host", ":7000", "host:", "host:x", "host:65536", "ftp://a:1", "a:1#" + "ab" * 32, "tls://a:1#ab"],
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(ValueError, match="expected HOST:PORT"):
        Address.parse(text)


def test_an_address_is_shown_as_it_is_read():
    assert [str(Address.parse(text)) for text in ("[::1]:80", "tls://a:1")] == ["[::1]:80", "tls://a:1"]


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("10.0.0.1", False), ("a.b", False)],
)
def test_loopback_is_told_from_a_network(host, is_loopback):
    assert Address(host, 1).is_loopback is is_loopback


def test_who_knows_the_token_is_told_what_is_served():
    with served.serving(served.offer_of(token="secret", digest="d" * 32)) as server:
        channel, told = connect(server.address, "secret")
        channel.close()
    assert (told["digest"], told["connections"], told["info"]["name"]) == ("d" * 32, 1, "random")


@pytest.mark.parametrize(
    ("token", "why"), [("", "a token is needed"), ("sicret", "wrong token"), ("é", "wrong token")]
)
def test_who_does_not_know_the_token_is_told_that_alone(token, why):
    refused = pytest.raises(RefusedError, match=f"^{why}$")
    with served.serving(served.offer_of(token="secret")) as server, refused:
        connect(server.address, token)


def test_another_version_of_the_protocol_is_refused():
    with served.serving(served.offer_of()) as server:
        channel = SocketChannel(open_socket(server.address))
        channel.send(HELLO, to_json({"protocol": 2}))
        assert b"speaks version 1 of the protocol, the client 2" in channel.receive(5.0)[1]
        channel.close()


def test_tokens_are_the_same_or_not():
    assert is_same_token("é1", "é1")
    assert not is_same_token("secret", "")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Returns certificate, key, and the certificate's fingerprint."""
    openssl = shutil.which("openssl") or pytest.skip("makes its certificate with openssl")
    folder = tmp_path_factory.mktemp("tls")
    files = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-out", files[0], "-keyout", files[1]],
        check=True, capture_output=True,
    )  # fmt: skip
    told = subprocess.run(
        [openssl, "x509", "-in", files[0], "-noout", "-fingerprint", "-sha256"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return *map(str, files), told.stdout.strip().partition("=")[2]


def test_tls_is_spoken_with_who_has_the_certificate_that_is_known(certificate):
    *files, fingerprint = certificate
    with served.serving(served.offer_of(token="secret"), certificate=tuple(files)) as server:
        channel, told = connect(Address.parse(f"{server.address}#{fingerprint}"), "secret")
        channel.close()
        assert told["width"] == 8
        with pytest.raises(WrongCertificateError, match="expected " + "ab" * 32):
            connect(Address.parse(f"{server.address}#{'ab' * 32}"), "secret")


def test_a_certificate_that_nobody_vouches_for_is_refused_unless_its_authority_is_named(
    certificate, monkeypatch
):
    with served.serving(served.offer_of(), certificate=certificate[:2]) as server:
        with pytest.raises(WrongCertificateError):
            connect(server.address, "")
        monkeypatch.setenv("SSL_CERT_FILE", certificate[0])
        connect(server.address, "")[0].close()


def test_who_speaks_no_tls_to_a_server_that_does_gets_nothing(certificate):
    nothing = pytest.raises((ChannelBrokenError, ChannelClosedError))
    with served.serving(served.offer_of(), certificate=certificate[:2]) as server, nothing:
        connect(server.address._replace(is_tls=False), "")


def test_something_else_that_answers_is_no_server():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = Address("127.0.0.1", listener.getsockname()[1])
        client = SocketChannel(open_socket(address))
        other = listener.accept()[0]
        other.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        with pytest.raises(ChannelBrokenError):
            client.receive(5.0)
        other.close()
        client.close()
