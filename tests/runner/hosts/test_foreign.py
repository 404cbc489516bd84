from __future__ import annotations

import numpy as np
import pytest
import served

from ilbench.contract.policy_spec import PolicySpec, RemoteServer
from ilbench.errors import InvalidSubmissionError
from ilbench.runner.hosts import foreign
from ilbench.runner.hosts.foreign import ForeignHost, nested
from ilbench.runner.lanes import LanePlayer, Watch
from ilbench.runner.submissions.mapping_table import MappingTable
from ilbench.runner.wires.lines import PolicyServerError
from ilbench.runs.identity import Episode, EpisodeId
from ilbench.testing.toys import HARBOR

MAPPING = {"inputs": {"observation/state": "state", "pose.near": {"field": "bearing", "scale": 2.0}}}


class Recorded:
    """A connection that keeps what it is asked, and answers as it is told."""

    def __init__(self, answer):
        self.server = {}
        self.answer, self.asked, self.started, self.is_open = answer, [], 0, True

    def start(self, task):
        self.started += 1

    def ask(self, observation):
        self.asked.append(observation)

    def take(self):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def close(self):
        self.is_open = False


def spec(mapping=MAPPING, **constants):
    arguments = {"mapping": MappingTable.model_validate(mapping).told(HARBOR), "constants": constants}
    return PolicySpec(place="remote", arguments=arguments)


@pytest.fixture
def lines(monkeypatch):
    """Returns the connections that are made, each with the next of these answers."""
    answers = [np.array([[0.5], [0.25]]), PolicyServerError("no GPU"), np.array([0.125]), np.zeros(3)]
    made = []

    def open_line(server, timeout_s):
        made.append(Recorded(answers[len(made) % 4]))
        return made[-1]

    monkeypatch.setattr(foreign, "open_line", open_line)
    return made


def hosted(num_lanes=4, wire="openpi", **how):
    server = RemoteServer(address="127.0.0.1:1", wire=wire)
    return ForeignHost(spec(**how), server, HARBOR, num_lanes, 5.0)


def test_each_lane_has_a_connection_and_sees_what_is_mapped(lines):
    host = hosted(prompt="go left", temperature=0)
    for lane in range(4):
        host.reset(lane, seed=lane)
        host.observations["state"][lane] = lane
        host.observations["bearing"][lane] = 1
    host.act([0, 1, 2, 3])
    (asked,) = lines[3].asked
    assert (asked["prompt"], asked["temperature"]) == ("go left", 0)
    assert asked["observation/state"].tolist() == [3, 3]
    assert asked["pose"]["near"].tolist() == [2, 2]


def test_a_lane_whose_policy_fails_is_at_fault_and_no_other(lines):
    host = hosted()
    for lane in range(4):
        host.reset(lane, seed=lane)
    answer = host.act([0, 1, 2, 3])
    assert answer.chunk(0).ravel().tolist() == [0.5, 0.25]
    assert answer.chunk(2).ravel().tolist() == [0.125]
    assert answer.faults[1] == ("policy_error", "no GPU", "")
    assert "takes actions of shape" in answer.faults[3].reason
    assert (set(answer.faults), lines[1].is_open) == ({1, 3}, False)


def test_what_is_to_be_done_is_told_under_the_name_of_the_wire(lines):
    for wire, key in (("openpi", "prompt"), ("vla-eval", "task_description")):
        host = hosted(1, wire)
        host.reset(0, seed=0)
        host.act([0])
        assert lines[-1].asked[0][key] == HARBOR.summary


def test_connections_end_with_the_host(lines):
    host = hosted()
    for lane in range(4):
        host.reset(lane, seed=0)
    host.close()
    assert [line.is_open for line in lines] == [False] * 4


def test_a_mapping_that_does_not_fit_the_task_is_refused():
    with pytest.raises(InvalidSubmissionError, match="nothing"):
        spec({"inputs": {"x": "nothing"}})


def test_a_dot_makes_a_table_in_a_table():
    assert nested({"images.front": 1, "images.wrist": 2, "a/b": 3}) == {
        "images": {"front": 1, "wrist": 2},
        "a/b": 3,
    }


@pytest.mark.parametrize("drops", [(), (2000,)])
def test_episodes_are_played_over_openpis_wire_and_survive_a_lost_connection(drops):
    told = {"mapping": MappingTable().told(HARBOR), "constants": {}}
    with served.serving_openpi() as there, served.proxy(there, *drops) as address:
        server = RemoteServer(address=address, wire="openpi", reconnect_s=10.0)
        remote = PolicySpec(place="remote", arguments=told)
        player = LanePlayer(HARBOR, lambda n: ForeignHost(remote, server, HARBOR, n, 10.0), 2, Watch())
        episodes = (Episode(EpisodeId(HARBOR.id, "test", n, 0), n) for n in range(3))
        records = list(player.play(lambda: next(episodes, None)))
        player.close()
    assert sorted((record.context, record.status) for record in records) == [(n, "ok") for n in range(3)]
