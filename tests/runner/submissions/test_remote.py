from __future__ import annotations

import json

import pytest
import served

import ilbench
from ilbench.errors import InvalidSubmissionError, RunFolderError, UsageError
from ilbench.runner.faults import ServerUnreachableError
from ilbench.runner.scheduler import ConnectionLostWarning
from ilbench.runner.start import FewerWorkersWarning
from ilbench.runner.submissions.access import ServerAccess
from ilbench.runner.submissions.loaders import submission_of
from ilbench.runner.submissions.placement import Placement
from ilbench.runner.submissions.remote import load_remote
from ilbench.testing.toys import HARBOR, toy_task

TOML = 'name = "mine"\nplace = "remote"\naddress = "{}"\nlicense = "MIT"\n'


@pytest.fixture
def server():
    with served.serving(served.offer_of(num_connections=4)) as server:
        yield server


def test_what_is_served_is_the_submission_of_the_run(server):
    found = load_remote(str(server.address), [HARBOR], ServerAccess(reconnect_s=3.0))
    assert (found.info.name, found.info.kind, found.info.digest) == ("random", "baseline", "0" * 32)
    spec = found.policies[HARBOR.id]
    assert (spec.place, spec.remote.digest, spec.remote.num_connections) == ("remote", "0" * 32, 4)
    assert (found.served.wire, found.served.seeded) == ("ilbench", True)


def test_a_task_that_is_not_served_is_named(server):
    with pytest.raises(InvalidSubmissionError, match=f"does not serve toys/bay-v1; it serves {HARBOR.id}"):
        load_remote(str(server.address), [toy_task(id="toys/bay-v1")], ServerAccess())


@pytest.mark.parametrize(
    "changed", [{"width": 0}, {"info": None}, {"connections": 0}, {"tasks": 3}, {"digest": "x"}]
)
def test_what_a_server_says_of_itself_is_looked_at(changed):
    offer = served.offer_of()
    told = {**offer.told, **changed}
    if "connections" in changed:
        offer = offer._replace(num_connections=0)
    with served.serving(offer._replace(told=told)) as server, pytest.raises(InvalidSubmissionError):
        load_remote(str(server.address), [HARBOR], ServerAccess())


def test_nobody_there_is_said_so():
    with pytest.raises(ServerUnreachableError, match=r"no policy server answers at 127\.0\.0\.1:9"):
        load_remote("127.0.0.1:9", [HARBOR], ServerAccess())


def test_a_folder_says_where_its_policy_is(server, tmp_path):
    (tmp_path / "submission.toml").write_text(TOML.format(server.address))
    with submission_of(tmp_path, [HARBOR]) as found:
        assert (found.info.name, found.info.kind, found.info.digest) == ("mine", "folder", "0" * 32)
        assert found.info.details["license"] == "MIT"
        assert found.policies[HARBOR.id].remote.address == str(server.address)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ('entry = "a:B"', "field 'entry' means nothing for a remote policy"),
        ("[arguments]\nx = 1", "field 'arguments' goes with the wires of other projects"),
        ('wire = "grpc"', "field 'wire'"),
    ],
)
def test_what_means_nothing_for_a_remote_policy_is_refused(tmp_path, more, why):
    (tmp_path / "submission.toml").write_text(TOML.format("127.0.0.1:9") + more)
    with pytest.raises(InvalidSubmissionError, match=why), submission_of(tmp_path, [HARBOR]):
        pass


def test_a_place_without_an_address_is_refused(tmp_path):
    (tmp_path / "submission.toml").write_text('name = "mine"\nplace = "remote"\n')
    with (
        pytest.raises(InvalidSubmissionError, match="field 'address' is missing"),
        submission_of(tmp_path, [HARBOR]),
    ):
        pass


def test_no_policy_becomes_remote_by_its_place():
    with (
        pytest.raises(UsageError, match="remote:HOST:PORT"),
        submission_of("random", [HARBOR], placement=Placement(place="remote")),
    ):
        pass


def play(policy, folder, **how):
    how = {"workers": 2, **how}
    return ilbench.run(policy, task=HARBOR, split="test", repeats=3, nonce="0" * 32, out=folder, **how)


def content(run):
    return [record.content(times=False) for record in run.records]


def test_a_run_over_a_network_is_the_run_at_home(server, tmp_path):
    with served.proxy(server.address, None, 2500, 2500) as address, pytest.warns(ConnectionLostWarning):
        there = play(f"remote:{address}", tmp_path / "there")
    here = play("ilbench.baselines.random_policy:RandomPolicy", tmp_path / "here")
    assert content(there) == content(here)
    header = json.loads((tmp_path / "there" / "run.json").read_text())
    assert header["served"]["digest"] == "0" * 32
    assert address not in str(header)


def test_a_run_is_not_gone_on_with_by_another_policy(server, tmp_path):
    play(f"remote:{server.address}", tmp_path / "run")
    refused = pytest.raises(RunFolderError, match="submission")
    with served.serving(served.offer_of(digest="1" * 32)) as other, refused:
        play(f"remote:{other.address}", tmp_path / "run")


def test_no_more_workers_play_than_a_server_takes_connections(tmp_path):
    with (
        served.serving(served.offer_of()) as server,
        pytest.warns(FewerWorkersWarning, match="1 of 2 workers play"),
    ):
        assert play(f"remote:{server.address}", tmp_path / "run").complete


def test_a_server_that_stays_away_stops_a_run_which_can_be_resumed(tmp_path):
    with served.serving(served.offer_of()) as server:
        with served.proxy(server.address, None, 2500, 0, 0, 0) as address:
            stopped = pytest.raises(ServerUnreachableError, match="resumes the run")
            with pytest.warns(ConnectionLostWarning), stopped:
                play(f"remote:{address}", tmp_path / "run", workers=1, reconnect=0.0)
        begun = ilbench.load_run(tmp_path / "run")
        assert all(record.status == "ok" for record in begun.records)
        assert play(f"remote:{server.address}", tmp_path / "run", workers=1).complete
