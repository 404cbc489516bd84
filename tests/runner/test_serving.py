from __future__ import annotations

import pytest
import served

from ilbench.contract.policy_spec import PolicySpec, RemoteServer
from ilbench.errors import UsageError
from ilbench.guest.network.listening import Server
from ilbench.runner.serving import make_offer, make_server, server_versions
from ilbench.runner.wires.openpi_server import OpenpiServer
from ilbench.testing.toys import HARBOR


def test_clients_are_told_what_is_served():
    told = make_offer(served.submission(digest="d" * 32), num_connections=3).told
    assert (told["digest"], told["width"], told["tasks"]) == ("d" * 32, 8, [HARBOR.id])
    assert told["server"] == server_versions()
    assert told["arithmetic"] in ("fixed", "native")


def test_a_token_is_in_nothing_that_clients_are_told():
    assert "secret" not in str(make_offer(served.submission(), token="secret").told)


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        (PolicySpec(privileged=True), "an expert looks into the simulator"),
        (PolicySpec(place="remote", remote=RemoteServer(address="a:1")), "behind a server already"),
    ],
)
def test_what_cannot_be_served_is_refused(spec, why):
    with pytest.raises(UsageError, match=why):
        make_offer(served.submission(spec))


@pytest.mark.parametrize(("wire", "kind"), [("ilbench", Server), ("openpi", OpenpiServer)])
def test_a_server_listens_as_soon_as_it_is_made(wire, kind):
    server = make_server(served.submission(), served.HERE, [HARBOR], wire)
    assert isinstance(server, kind)
    assert server.address.port > 0
    server.stop()


def test_a_wire_that_there_is_not_is_refused():
    with pytest.raises(UsageError, match="no server of the wire 'grpc'"):
        make_server(served.submission(), served.HERE, [HARBOR], "grpc")
