"""The scheduler beside a fleet whose workers do what hypothesis says: no process, no time that passes."""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilbench.bench.overhead import IDLE
from ilbench.contract.policy_spec import PolicySpec
from ilbench.errors import InvalidPolicyError
from ilbench.runner.fleets.fleet import Message, Status, WorkerConfig, WorkerDiedError
from ilbench.runner.lanes import EnvFaultError
from ilbench.runner.scheduler import ENV_TIMEOUT_S, MAX_IDLE_DEATHS, Scheduler
from ilbench.runs.identity import Episode, EpisodeId
from ilbench.runs.record import Times, blank_record

TIMEOUT_S = 5.0
SILENT = {"env": ENV_TIMEOUT_S + 1, "policy": TIMEOUT_S + 1}


def config(lanes):
    return WorkerConfig(
        tasks={IDLE.id: IDLE}, policies={IDLE.id: PolicySpec()}, num_lanes=lanes, timeout_s=TIMEOUT_S
    )


def episodes(count):
    return [Episode(EpisodeId(IDLE.id, "test", 0, repeat), 100 + repeat) for repeat in range(count)]


class ScriptedWorker:
    """Plays as a worker does: fills its lanes, ends one episode at a time; and dies or hangs when told to.

    Attributes:
        doomed: Repeats whose episode ends or hangs its worker whenever it is ended by the script.
    """

    def __init__(self, fleet, lanes):
        self.fleet, self.lanes = fleet, lanes
        self.queue, self.live, self.mail = deque(), [], deque()
        self.alone, self.dead, self.hangs = False, False, None

    def send(self, message):
        if self.dead:
            raise WorkerDiedError
        if "probe" in message.content:
            self.mail.append(self.fleet.answer_to_probe)
            return
        self.alone = message.content["alone"]
        for number, identity, seed in message.content["play"]:
            self.queue.append((number, Episode(EpisodeId(*identity), seed)))
        self.fill()

    def fill(self):
        while self.queue and len(self.live) < (1 if self.alone else self.lanes):
            self.live.append(self.queue.popleft())

    def receive(self):
        if not self.mail:
            raise WorkerDiedError
        return self.mail.popleft()

    def status(self):
        live = tuple(number for number, _ in self.live)
        return Status(self.hangs or ("env" if live else "idle"), SILENT.get(self.hangs, 0.0), live)

    def kill(self, *, at_once):
        assert at_once == (self.hangs is not None)
        self.dead = True
        return "exit code 1"

    def act(self):
        """Does the next thing that the script says."""
        draw = self.fleet.draw
        if self.dead or self.hangs:
            return
        if not self.live:
            if draw(st.integers(0, 9)) == 0 and self.fleet.spares_idle():
                self.dead = True
            return
        number, episode = self.live[draw(st.integers(0, len(self.live) - 1))]
        how = draw(st.sampled_from(["ends", "ends", "ends", "dies", "env", "policy"]))
        if how == "ends" and episode.id.repeat in self.fleet.doomed:
            how = draw(st.sampled_from(["dies", "env", "policy"]))
        if how == "ends":
            self.end(number, episode)
            return
        if self.alone:
            self.fleet.died_alone.setdefault(episode.id, how)
        if how == "dies":
            self.dead = True
        else:
            self.hangs = how

    def end(self, number, episode):
        record = blank_record(IDLE, episode, "ok", None, Times(env_s=0.0, policy_s=0.0))
        self.mail.append(Message({"number": number, "record": record.model_dump()}, b"kept"))
        self.live.remove((number, episode))
        self.fill()


class ScriptedFleet:
    """Lets every worker act once whenever the scheduler waits."""

    answer_to_probe = Message({"probed": IDLE.id})

    def __init__(self, draw, doomed=frozenset()):
        self.draw, self.doomed = draw, doomed
        self.died_alone, self.started, self.idle_deaths = {}, [], 0

    def start(self, config):
        worker = ScriptedWorker(self, config.num_lanes)
        worker.dead = bool(self.started) and self.draw(st.integers(0, 9)) == 0 and self.spares_idle()
        self.started.append(worker)
        return worker

    def spares_idle(self):
        """Counts a death while idle; says whether the scheduler still has patience for it."""
        self.idle_deaths += 1
        return self.idle_deaths < MAX_IDLE_DEATHS

    def wait(self, links, timeout_s):
        for link in links:
            link.act()
        return [link for link in links if link.mail or link.dead]


@st.composite
def plays(draw):
    """An interleaving, played to its end: the fleet, the episodes, what came of them."""
    count, lanes, workers = draw(st.integers(1, 12)), draw(st.integers(1, 8)), draw(st.integers(1, 4))
    fleet = ScriptedFleet(draw, draw(st.frozensets(st.integers(0, count - 1), max_size=3)))
    with Scheduler(config(lanes), fleet, workers) as scheduler:
        return fleet, episodes(count), list(scheduler.run(episodes(count)))


@given(plays())
def test_whatever_happens_every_episode_is_played_to_exactly_one_record(play):
    _, wanted, played = play
    assert sorted((one.record.id, one.record.policy_seed) for one in played) == wanted


@given(plays())
def test_only_an_episode_that_ended_or_hung_its_worker_alone_is_a_fault(play):
    fleet, _, played = play
    for record, kept in played:
        assert record.status == "ok" or record.id in fleet.died_alone
        assert (kept == b"kept") == (record.status == "ok")


@given(plays())
def test_an_episode_that_always_ends_its_worker_is_always_a_fault(play):
    fleet, _, played = play
    assert all(one.record.status != "ok" for one in played if one.record.repeat in fleet.doomed)


@given(plays())
def test_a_hang_of_the_policy_is_a_timeout_and_all_else_an_error_of_the_environment(play):
    _, _, played = play
    for record, _ in played:
        if record.status == "timeout":
            assert record.reason == "the policy did not answer within 5 s"
        elif record.status == "env_error":
            assert "did not answer within 300 s" in record.reason or "(exit code 1)" in record.reason


@given(plays())
def test_all_workers_are_ended_with_the_scheduler(play):
    fleet, _, _ = play
    assert all(worker.dead for worker in fleet.started)


class DeadOnArrival(ScriptedFleet):
    def start(self, config):
        self.started.append(ScriptedWorker(self, config.num_lanes))
        self.started[-1].dead = True
        return self.started[-1]


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_workers_that_die_before_they_play_are_given_up(workers):
    with (
        pytest.raises(InvalidPolicyError, match=r"ended 3 times without playing an episode \(exit code 1\)"),
        Scheduler(config(2), DeadOnArrival(None), workers) as scheduler,
    ):
        list(scheduler.run(episodes(4)))


class Quiet(ScriptedFleet):
    """Workers that do nothing of themselves."""

    def start(self, config):
        self.started.append(ScriptedWorker(self, config.num_lanes))
        return self.started[-1]

    def wait(self, links, timeout_s):
        return [link for link in links if link.mail]


def probed(answer):
    fleet = Quiet(None)
    fleet.answer_to_probe = answer
    with Scheduler(config(1), fleet, 1) as scheduler:
        scheduler.probe(episodes(1))


def test_a_probe_that_passes_says_nothing():
    probed(Message({"probed": IDLE.id}))


def test_a_probe_that_fails_ends_all_with_the_workers_words():
    with pytest.raises(InvalidPolicyError, match="the actions are wrong"):
        probed(Message({"fatal": "the actions are wrong", "traceback": "line 1"}))


def test_a_probe_that_the_environment_fails_is_told_apart_from_a_policys():
    with pytest.raises(EnvFaultError, match="the hull leaks") as found:
        probed(Message({"env_fault": "the hull leaks", "traceback": "line 7"}))
    assert "line 7" in str(found.value.__cause__)


def test_a_worker_that_dies_in_a_probe_is_named_with_the_task():
    fleet = DeadOnArrival(None)
    with (
        pytest.raises(InvalidPolicyError, match=r"overhead/idle-v1, first step: exit code 1"),
        Scheduler(config(1), fleet, 1) as scheduler,
    ):
        scheduler.probe(episodes(1))


def test_a_worker_is_given_no_more_than_twice_its_lanes_at_once():
    fleet = Quiet(None)
    scheduler = Scheduler(config(3), fleet, 2)
    scheduler._pending.extend(enumerate(episodes(100)))
    list(scheduler._next())
    assert [len(worker.live) + len(worker.queue) for worker in fleet.started] == [6, 6]
