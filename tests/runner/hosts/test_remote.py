from __future__ import annotations

import socket
import threading
import time
from functools import partial

import pytest
import served

from ilbench.contract.policy_spec import PolicySpec, RemoteServer
from ilbench.contract.registry import find_task
from ilbench.errors import UsageError
from ilbench.guest.channel import HEAD
from ilbench.guest.network.greeting import Address
from ilbench.runner.faults import (
    ConnectionLostError,
    PolicyEnded,
    PolicyTimeout,
    ProtocolFault,
    ServerUnreachableError,
)
from ilbench.runner.hosts.guest_process import start_process
from ilbench.runner.hosts.places import make_host
from ilbench.runner.hosts.remote import OtherPolicyServedError, RefusedByServerError, greet, parse_address
from ilbench.runner.lanes import LanePlayer, Watch
from ilbench.runs.identity import Episode, EpisodeId
from ilbench.testing.toys import HARBOR

DIGEST = "0" * 32


def spec_of(address, **how):
    server = RemoteServer(address=str(address), digest=DIGEST, **{"reconnect_s": 10.0, **how})
    return PolicySpec(place="remote", remote=server)


def loaded(address, num_lanes=8, timeout_s=10.0, task=HARBOR, **how):
    return make_host(spec_of(address, **how), task, num_lanes, timeout_s, 10.0)


def played(make_host, lanes, watch=None):
    """Returns the records of twelve episodes, by their number."""
    player = LanePlayer(HARBOR, make_host, lanes, watch or Watch())
    contexts = iter(range(12))
    records = list(player.play(lambda: next((episode(n) for n in contexts), None)))
    player.close()
    assert len(records) == 12
    return {record.context + 8 * record.repeat: record.digest() for record in records}


def episode(number):
    return Episode(EpisodeId(HARBOR.id, "test", number % 8, number // 8), number)


@pytest.fixture(scope="module")
def at_home():
    return played(lambda lanes: make_host(served.RANDOM, HARBOR, lanes, 10.0, 10.0), 8)


@pytest.mark.parametrize("lanes", [1, 3, 8])
def test_records_are_those_of_the_policy_at_home(at_home, lanes):
    with served.serving(served.offer_of()) as server:
        assert played(lambda count: loaded(server.address, count), lanes) == at_home


@pytest.mark.parametrize("resets", [False, True])
@pytest.mark.parametrize("drops", [(2500,), (4000, 0, 10, 2900), (1, 3600)])
def test_connections_that_break_cost_no_episode_and_double_none(at_home, drops, resets):
    with (
        served.serving(served.offer_of(num_connections=9)) as server,
        served.proxy(server.address, *drops, resets=resets) as address,
    ):
        assert played(lambda count: loaded(address, count), 8) == at_home


class Losses(Watch):
    """Counts what is said of lost connections."""

    def __init__(self):
        self.losses, self.attempts = [], []

    def lose(self, reason):
        self.losses.append(reason)

    def retry(self, episode, status, reason):
        self.attempts.append(status)


def test_a_lost_connection_is_told_and_no_fault_of_the_policys():
    watch = Losses()
    with (
        served.serving(served.offer_of(num_connections=9)) as server,
        served.proxy(server.address, 2500, resets=True) as address,
    ):
        played(lambda count: loaded(address, count), 8, watch)
    assert ["reset by peer" in reason for reason in watch.losses] == [True]
    assert set(watch.attempts) == {"interrupted"}


def test_a_server_that_is_started_again_is_found_again(at_home):
    servers = [served.serving(served.offer_of())]
    address = servers[0].__enter__().address
    begun = []

    def restart(*_):
        if not begun:
            begun.append(True)
            servers[0].__exit__(None, None, None)
            servers.append(served.serving(served.offer_of(), address))
            threading.Timer(0.3, servers[1].__enter__).start()

    watch = Watch()
    watch.begin = lambda lane, episode: restart() if lane == 7 and episode else None
    try:
        assert played(lambda count: loaded(address, count), 8, watch) == at_home
    finally:
        servers[-1].__exit__(None, None, None)


def test_an_episode_that_is_played_alone_survives_a_lost_connection():
    with (
        served.serving(served.offer_of(num_connections=9)) as server,
        served.proxy(server.address, 2500) as address,
    ):
        player = LanePlayer(HARBOR, lambda count: loaded(address, count), 1, Watch())
        (record,) = player.play_alone(episode(3))
        player.close()
    assert (record.status, record.context) == ("ok", 3)


def test_a_server_that_stays_away_stops_the_player(at_home):
    with served.serving(served.offer_of()) as server:
        player = LanePlayer(HARBOR, lambda count: loaded(server.address, count, reconnect_s=0.2), 4, Watch())
    with pytest.raises(ServerUnreachableError, match=r"no policy server for 0 s: 127\.0\.0\.1:"):
        list(player.play_alone(episode(0)))


def test_another_policy_than_when_the_run_was_begun_is_refused():
    with (
        served.serving(served.offer_of(digest="1" * 32)) as server,
        pytest.raises(OtherPolicyServedError, match=r"serves 11111111 by now, .* with 00000000"),
    ):
        loaded(server.address)


def test_a_server_without_a_free_place_is_waited_for():
    with served.serving(served.offer_of()) as server:
        first = loaded(server.address)
        with pytest.raises(ConnectionLostError, match="every place is taken: 1"):
            loaded(server.address)
        first.close()


def acts_on(host):
    while True:
        host.act([0])


def guest(policy, module="manners"):
    return PolicySpec(load=f"{module}:{policy}", search_path=(served.GUESTS,))


def test_a_policy_whose_process_dies_is_at_fault_and_not_the_connection():
    spec, task = guest("Dies"), find_task("d3il/avoiding-v3")
    with served.serving(served.offer_of(spec, task, start=partial(start_process, spec))) as server:
        host = loaded(server.address, task=task)
        host.reset(0, seed=3)
        host.observations["state"][0] = 1
        with pytest.raises(PolicyEnded, match=r"ended \(killed by signal 9\)"):
            acts_on(host)
        host.close()


def test_a_policy_that_does_not_answer_is_too_late():
    spec, task = guest("Hangs"), find_task("d3il/avoiding-v3")
    with served.serving(served.offer_of(spec, task, start=partial(start_process, spec))) as server:
        host = loaded(server.address, task=task, timeout_s=0.5)
        host.reset(0, seed=3)
        host.observations["state"][0] = 1
        with pytest.raises(PolicyTimeout):
            acts_on(host)
        host.close()


def test_a_policy_that_cannot_be_loaded_says_why():
    with (
        served.serving(served.offer_of(guest("NoSuchPolicy"))) as server,
        pytest.raises(Exception, match="no attribute 'NoSuchPolicy'"),
    ):
        loaded(server.address)


@pytest.mark.parametrize("answer", [b"\x01\x00", b"\x00\x00", b"\xff\xff", b"", b"\x01\x00["])
def test_an_answer_that_breaks_the_protocol_is_the_fault_of_the_policy(answer, monkeypatch):
    monkeypatch.setattr("ilbench.guest.serve.pack_answer", lambda *told: answer)
    with served.serving(served.offer_of()) as server:
        host = loaded(server.address)
        host.reset(0, seed=1)
        if answer == b"\x01\x00":
            assert not host.act([0]).faults  # what it would be without tampering
        else:
            with pytest.raises(ProtocolFault):
                host.act([0])
        host.close()


def answering(data):
    """Returns the address of something that answers whoever comes with the same bytes."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer():
        sock = listener.accept()[0]
        sock.recv(4096)
        sock.sendall(data)
        time.sleep(0.5)
        sock.close()
        listener.close()

    threading.Thread(target=answer, daemon=True).start()
    return f"127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize(
    "data", [b"HTTP/1.1 400 Bad Request\r\n\r\n", HEAD.pack(b"d", 2) + b"[]", HEAD.pack(b"x", 0)]
)
def test_what_is_no_policy_server_is_said_to_be_none(data):
    with pytest.raises(RefusedByServerError, match=r"does not serve us: .* is it a server of"):
        greet(RemoteServer(address=answering(data)))


def test_a_wrong_token_says_how_to_give_the_right_one():
    with (
        served.serving(served.offer_of(token="secret")) as server,
        pytest.raises(RefusedByServerError, match="wrong token; say it with --token-file FILE or"),
    ):
        greet(RemoteServer(address=str(server.address), token="other"))


def test_nobody_there_is_a_lost_connection():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ConnectionLostError, match=f"127.0.0.1:{port}: Connection refused"):
        greet(RemoteServer(address=f"127.0.0.1:{port}"))


def test_a_token_does_not_travel_readable_over_a_network():
    with pytest.raises(UsageError, match="connect to tls://gpu:7000, or say --insecure"):
        parse_address(RemoteServer(address="gpu:7000", token="secret"))
    for server in (
        RemoteServer(address="gpu:7000"),
        RemoteServer(address="tls://gpu:7000", token="secret"),
        RemoteServer(address="127.0.0.1:7000", token="secret"),
        RemoteServer(address="gpu:7000", token="secret", is_token_open=True),
    ):
        assert isinstance(parse_address(server), Address)


def test_a_token_is_in_nothing_that_is_printed():
    assert "secret" not in repr(RemoteServer(address="gpu:7000", token="secret"))
