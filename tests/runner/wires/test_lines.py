from __future__ import annotations

import subprocess
import threading
from contextlib import contextmanager

import numpy as np
import peers
import pytest
from websockets.sync.server import serve

from ilbench.bench.peers import __file__ as peers_file
from ilbench.contract.policy_spec import RemoteServer
from ilbench.runner.faults import ConnectionLostError, PolicyTimeout, ProtocolFault
from ilbench.runner.hosts.remote import RefusedByServerError
from ilbench.runner.wires.frames import pack, unpack
from ilbench.runner.wires.lines import OpenpiLine, PolicyServerError, VlaEvalLine
from ilbench.testing.toys import HARBOR

ACTIONS = np.array([[0.5], [0.25]], np.float32)
HELLO = {"type": "hello", "payload": {"model_server": "StillServer", "protocol_version": 1}, "seq": 1}


@contextmanager
def answering(*answers):
    """Serves a single client, which gets these frames: those that are None wait for one of its own first."""

    def handle(connection):
        for answer in answers:
            if answer is None:
                connection.recv()
            else:
                connection.send(answer)

    with serve(handle, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        port = server.socket.getsockname()[1]
        try:
            yield RemoteServer(address=f"127.0.0.1:{port}", wire="openpi", reconnect_s=3.0)
        finally:
            server.shutdown()
            thread.join()


def openpi(value):
    return pack(value, "bytes")


def vla_eval(kind, payload, seq):
    return pack({"type": kind, "payload": payload, "seq": seq, "timestamp": 0.0}, "text")


def test_a_server_of_openpi_speaks_first_and_answers_with_actions():
    with answering(openpi({"name": "pi0", "nested": {}}), None, openpi({"actions": ACTIONS})) as server:
        line = OpenpiLine(server, 5.0)
        line.start(HARBOR)
        line.ask({"observation/state": np.zeros(2)})
        assert line.take().tolist() == ACTIONS.tolist()
        assert line.server == {"name": "pi0"}
        line.close()


def test_a_text_is_an_error_of_the_servers_policy():
    with answering(openpi({}), None, "Traceback:\n  File x\nKeyError: 'image'\n") as server:
        line = OpenpiLine(server, 5.0)
        line.ask({})
        with pytest.raises(PolicyServerError, match=r"^KeyError: 'image'$"):
            line.take()
        line.close()


@pytest.mark.parametrize("frame", [openpi({"action": 1}), b"\xc1", pack({}, "text")])
def test_an_answer_that_is_none_breaks_the_protocol(frame):
    with answering(openpi({}), None, frame) as server:
        line = OpenpiLine(server, 5.0)
        line.ask({})
        with pytest.raises(ProtocolFault, match="the policy server broke the protocol"):
            line.take()
        line.close()


def test_silence_is_too_late_and_the_end_of_a_connection_is_nobodys_fault():
    with answering(openpi({}), None) as server:
        line = OpenpiLine(server, 0.1)
        with pytest.raises(PolicyTimeout):
            line.take()
        line.ask({})
        with pytest.raises(ConnectionLostError) as lost:
            OpenpiLine.take(line)
        assert lost.value.patience_s == 3.0
        line.close()


def test_nobody_there_is_a_lost_connection_and_somebody_else_is_refused():
    with pytest.raises(ConnectionLostError, match="Connection refused"):
        OpenpiLine(RemoteServer(address="127.0.0.1:9"), 1.0)
    with answering("hello") as server, pytest.raises(RefusedByServerError, match="is no server of openpi"):
        OpenpiLine(server, 1.0)


def test_a_server_of_vla_eval_is_greeted_and_told_of_episodes():
    frames = (
        vla_eval("hello", HELLO["payload"], 1),
        None,
        None,
        None,
        vla_eval("action", {"actions": ACTIONS}, 3),
    )
    with answering(None, frames[0], *frames[2:]) as server:
        line = VlaEvalLine(server, 5.0)
        line.start(HARBOR)
        line.ask({"states": np.zeros(2)})
        assert line.take().tolist() == ACTIONS.tolist()
        assert line.server["model_server"] == "StillServer"
        line.close()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (vla_eval("error", {"error": "no GPU"}, 2), (PolicyServerError, "^no GPU$")),
        (vla_eval("action", {"actions": ACTIONS}, 1), (ProtocolFault, "expected the action 2")),
        (vla_eval("hello", {}, 2), (ProtocolFault, "found 'hello'")),
        (vla_eval("action", {}, 2), (ProtocolFault, "expected 'actions'")),
        (pack({"type": "action"}, "text"), (ProtocolFault, "without type, payload or number")),
    ],
)
def test_what_is_no_answer_to_an_observation_is_told_apart(answer, error):
    with answering(None, vla_eval("hello", {}, 1), None, answer) as server:
        line = VlaEvalLine(server, 5.0)
        line.ask({})
        with pytest.raises(error[0], match=error[1]):
            line.take()
        line.close()


def test_another_version_of_vla_evals_protocol_is_refused():
    hello = vla_eval("hello", {"protocol_version": 2}, 1)
    with answering(None, hello) as server, pytest.raises(RefusedByServerError, match="of protocol 1, found"):
        VlaEvalLine(server, 5.0)


def test_a_server_of_vla_eval_in_a_process_of_its_own_is_played():
    script = peers_file.replace("__init__.py", "vla_eval_loop.py")
    command = [peers.interpreter("vlaeval"), script, "serve", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            port = int(process.stdout.readline())
            line = VlaEvalLine(RemoteServer(address=f"127.0.0.1:{port}", wire="vla-eval"), 30.0)
            for _ in range(2):
                line.start(HARBOR)
                line.ask({"states": np.zeros(2, np.float32)})
                assert line.take().tolist() == [0.0] * 4
            line.close()
        finally:
            process.kill()
    assert unpack(pack(line.server, "text"))["model_server"] == "StillServer"
