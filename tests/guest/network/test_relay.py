from __future__ import annotations

import json

import numpy as np
import pytest
import served

from ilbench.guest.arrays import SharedArrays
from ilbench.guest.channel import ACT, DONE, FAULT, LOAD, RESET, TASK, ChannelClosedError, pack_lanes
from ilbench.guest.network.channel import BUSY, ENDED, to_json
from ilbench.guest.network.greeting import connect
from ilbench.guest.network.relay import Places
from ilbench.runner.hosts.host import observation_layout
from ilbench.testing.toys import HARBOR

LAYOUT = observation_layout(HARBOR, 8, 1)
TASK_TOLD = to_json({"task": HARBOR.description(), "fields": LAYOUT})
LOADING = {"num_lanes": 8, "width": 8, "task": HARBOR.id}


@pytest.fixture
def server():
    with served.serving(served.offer_of(num_connections=2)) as server:
        yield server


@pytest.fixture
def client(server):
    channel, _ = connect(server.address, "")
    yield channel
    channel.close()


def asked(client, kind, payload=b""):
    client.send(kind, payload)
    return client.receive(10.0)


def test_a_policy_is_loaded_told_of_its_task_reset_and_asked(client):
    assert json.loads(asked(client, LOAD, to_json(LOADING))[1])["num_lanes"] == 8
    arrays = SharedArrays(-1, 8, LAYOUT, ((1,), "float32"))
    assert asked(client, TASK, TASK_TOLD) == (DONE, b"")
    client.carry(arrays, 8)
    assert asked(client, RESET, to_json({"lane": 1, "seed": 5})) == (DONE, b"")
    assert asked(client, ACT, pack_lanes([1])) == (DONE, b"\x01\x00")
    assert arrays.actions(1)[1] == np.float32(np.random.default_rng(5).uniform(-1, 1, 1))


def test_which_policy_is_loaded_is_not_for_the_client_to_say(client):
    told = {**LOADING, "load": "os:system", "search_path": ["/"], "arguments": {"command": "true"}}
    assert asked(client, LOAD, to_json(told))[0] == DONE
    assert asked(client, TASK, TASK_TOLD) == (DONE, b"")  # the random policy, and nothing else


@pytest.mark.parametrize(
    "wrong",
    [
        {"num_lanes": 0},
        {"num_lanes": 9},
        {"num_lanes": True},
        {"width": 4},
        {"task": "other"},
        {"task": None},
    ],
)
def test_a_client_that_wants_what_is_not_served_is_told_so(client, wrong):
    status, why = asked(client, LOAD, to_json({**LOADING, **wrong}))
    assert (status, b"the client broke the protocol" in why) == (FAULT, True)
    with pytest.raises(ChannelClosedError):
        client.receive(5.0)


@pytest.mark.parametrize(
    "fields",
    [
        None,
        3,
        [["state", [8, 1 << 40], "<f4"]],
        [["state", [7, 2], "<f4"]],
        [["state", [8, 2], "O"]],
        [["s", [8, -1], "<f4"]],
    ],
)
def test_arrays_that_make_no_sense_are_not_made(client, fields):
    asked(client, LOAD, to_json(LOADING))
    told = to_json({"task": HARBOR.description(), "fields": fields})
    assert asked(client, TASK, told)[0] == FAULT


@pytest.mark.parametrize("kind", [RESET, ACT, TASK, DONE, b"x"])
def test_nothing_can_be_asked_of_a_policy_before_it_is_loaded(client, kind):
    status, why = asked(client, kind, b"{}")
    assert (status, b"at this point" in why) == (FAULT, True)


def test_beyond_the_places_a_client_is_told_that_none_is_free(server):
    clients = [connect(server.address, "")[0] for _ in range(3)]
    answers = [asked(client, LOAD, to_json(LOADING))[0] for client in clients]
    assert answers == [DONE, DONE, BUSY]
    for client in clients:
        client.close()


def test_a_place_is_free_again_when_its_client_has_left():
    places = Places(1)
    assert [places.take(), places.take()] == [True, False]
    places.leave()
    assert places.take()


def test_how_a_policy_ended_is_told_before_the_connection_ends():
    class Dying(served.ThreadGuest):
        def arrays(self, *layout):
            found = super().arrays(*layout)
            self.channel.is_alive = lambda: False
            return found

    class Silent:
        def send(self, kind, payload):
            raise ChannelClosedError

    def start(kept):
        guest = Dying()
        guest.channel.send = Silent().send
        return guest

    with served.serving(served.offer_of(start=start)) as server:
        client, _ = connect(server.address, "")
        assert asked(client, LOAD, to_json(LOADING)) == (ENDED, b"exit code 1")
        client.close()
