from __future__ import annotations

import subprocess
import urllib.error
import urllib.request

import numpy as np
import peers
import pytest
import served
from openpi_client.websocket_client_policy import WebsocketClientPolicy
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from ilbench.contract.policy_spec import PolicySpec
from ilbench.runner.wires.frames import pack

SEEN = {"observation/state": np.zeros(2, np.float32), "bearing": np.zeros(2, np.uint8), "prompt": "row"}


@pytest.fixture(scope="module")
def address():
    with served.serving_openpi() as address:
        yield address


@pytest.fixture
def client(address):
    client = WebsocketClientPolicy(address.host, address.port)
    yield client
    client._ws.close_socket()


def test_a_client_of_openpi_is_told_what_is_served_and_gets_actions(client):
    assert client.get_server_metadata() == {"name": "random", "digest": "ab"}
    answer = client.infer(SEEN)
    assert answer["actions"] == pytest.approx(np.random.default_rng(0).uniform(-1, 1, (1, 1)))
    assert answer["server_timing"]["infer_ms"] > 0
    assert client.infer(SEEN)["server_timing"]["prev_total_ms"] > 0


def test_a_reset_begins_an_episode_with_the_seed_that_it_names(client):
    for _ in range(2):
        client._ws.send(pack({"endpoint": "reset", "seed": 7}, "bytes"))
        assert client._ws.recv() == "reset successful"
        assert client.infer(SEEN)["actions"] == pytest.approx(np.random.default_rng(7).uniform(-1, 1, (1, 1)))


@pytest.mark.parametrize(
    "wrong", [{"observation/state": np.zeros(3)}, {"bearing": None}, {"bearing": "left"}]
)
def test_an_error_is_a_text_and_the_code_1011(client, wrong):
    with pytest.raises(RuntimeError, match="Error in inference server:"):
        client.infer({**SEEN, **wrong})
    with pytest.raises(ConnectionClosed) as closed:
        client._ws.recv()
    assert closed.value.rcvd.code == 1011


def test_it_says_that_it_is_well(address):
    assert urllib.request.urlopen(f"http://{address}/healthz").read() == b"OK\n"


def test_who_does_not_know_the_token_is_not_served():
    with served.serving_openpi(token="secret") as address:
        WebsocketClientPolicy(address.host, address.port, api_key="secret")._ws.close()
        with pytest.raises(InvalidStatus, match="401"):
            connect(f"ws://{address}")


LOOKS_BACK = """
class Policy:
    history = 3
    def reset(self, lane, seed, task): pass
    def act(self, observations): return observations["state"][:, 0, :1]
"""


def test_a_policy_that_looks_back_sees_what_was_seen_before(tmp_path):
    (tmp_path / "looks_back.py").write_text(LOOKS_BACK)
    with served.serving_openpi(PolicySpec(load="looks_back:Policy", search_path=(str(tmp_path),))) as address:
        client = WebsocketClientPolicy(address.host, address.port)
        states = ({**SEEN, "observation/state": np.full(2, x, np.float32)} for x in (0.1, 0.2, 0.3, 0.4))
        seen = [client.infer(state)["actions"][0, 0] for state in states]
        client._ws.close()
    assert seen == pytest.approx([0.1, 0.1, 0.1, 0.2])


CLIENT = """
import sys, numpy as np
from openpi_client.action_chunk_broker import ActionChunkBroker
from openpi_client.websocket_client_policy import WebsocketClientPolicy
policy = ActionChunkBroker(WebsocketClientPolicy("127.0.0.1", int(sys.argv[1])), action_horizon=1)
seen = {"observation/state": np.zeros(2, np.float32), "bearing": np.zeros(2, np.uint8)}
print(*(float(policy.infer(seen)["actions"][0]) for _ in range(3)))
"""


def test_openpi_client_drives_a_policy_from_a_process_of_its_own(address):
    command = [peers.interpreter("openpi"), "-c", CLIENT, str(address.port)]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    drawn = np.random.default_rng(0).uniform(-1, 1, (3, 1))
    assert list(map(float, told.stdout.split())) == pytest.approx(drawn.ravel())
