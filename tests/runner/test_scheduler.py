"""The scheduler beside a fleet whose workers do what hypothesis says: no process, no time that passes."""

from __future__ import annotations

from collections import Counter, deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilbench.bench.overhead import IDLE
from ilbench.contract.policy_spec import PolicySpec
from ilbench.errors import InvalidPolicyError
from ilbench.runner import scheduler as scheduler_module
from ilbench.runner.fleets.fleet import Message, Status, WorkerConfig, WorkerDiedError
from ilbench.runner.lane import EnvFaultError
from ilbench.runner.lanes import NUM_TRIES
from ilbench.runner.scheduler import ABSENCE_S, ENV_TIMEOUT_S, Scheduler
from ilbench.runs.identity import Episode, EpisodeId
from ilbench.runs.record import Times, blank_record

TIMEOUT_S = 5.0
RAISED = "it raised"
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
        self.alone, self.dead, self.hangs, self.phase = False, False, None, "env"
        self.played = []

    def send(self, message):
        if self.dead:
            raise WorkerDiedError
        if "probe" in message.content:
            self.mail.append(self.fleet.answer_to_probe)
            return
        self.alone = message.content["alone"]
        if self.alone:
            self.fleet.memories.append([episode.id for episode, fault in self.played if fault])
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
        return Status(self.hangs or (self.phase if live else "idle"), SILENT.get(self.hangs, 0.0), live)

    def kill(self, *, at_once):
        assert at_once == (self.hangs is not None)
        self.dead = True
        return self.fleet.how

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
        self.phase = draw(st.sampled_from(["env", "policy"]))
        how = draw(st.sampled_from(["ends", "ends", "ends", "dies", "env", "policy", "fails"]))
        if how == "ends" and episode.id.repeat in self.fleet.doomed:
            how = draw(st.sampled_from(["dies", "env", "policy", "fails"]))
        self.played.append((episode, how == "fails"))
        if how == "fails":
            self.fail(number, episode)
            return
        if how == "ends":
            self.end(number, episode)
            return
        if self.alone:
            self.fleet.died_alone[episode.id] = (how, self.phase)
        if how == "dies":
            self.dead = True
        else:
            self.hangs = how

    def fail(self, number, episode):
        """The policy's fault: alone it is recorded, in a call it makes a suspect of everybody."""
        if self.alone:
            self.fleet.died_alone[episode.id] = ("fails", None)
            self.end(number, episode, "policy_error")
            return
        for _, one in self.live:
            self.mail.append(Message({"attempt": [list(one.id), "interrupted", "why"]}))
        self.mail.append(Message({"suspects": [number for number, _ in self.live]}))
        self.live.clear()
        self.fill()

    def end(self, number, episode, status="ok"):
        record = blank_record(
            IDLE, episode, "policy_error", RAISED, Times(env_s=0.0, policy_s=0.0)
        ).model_dump()
        if status == "ok":
            record.update(
                status="ok", reason=None, length=IDLE.horizon, truncated=True, initial_digest="0" * 32
            )
        self.mail.append(Message({"number": number, "record": record}, b"kept"))
        self.live.remove((number, episode))
        self.fill()


class ScriptedFleet:
    """Lets every worker act once whenever the scheduler waits."""

    answer_to_probe = Message({"probed": IDLE.id})

    def __init__(self, draw, doomed=frozenset()):
        self.draw, self.doomed = draw, doomed
        self.died_alone, self.started, self.idle_deaths = {}, [], 0
        self.memories, self.how = [], "exit code 1"

    def start(self, config):
        worker = ScriptedWorker(self, config.num_lanes)
        worker.dead = bool(self.started) and self.draw(st.integers(0, 9)) == 0 and self.spares_idle()
        self.started.append(worker)
        return worker

    def spares_idle(self):
        """Counts a death while idle; says whether the scheduler still has patience for it."""
        self.idle_deaths += 1
        return self.idle_deaths < NUM_TRIES

    def wait(self, links, timeout_s):
        for link in links:
            link.act()
        return [link for link in links if link.mail or link.dead]

    def close(self):
        assert all(worker.dead for worker in self.started)


@st.composite
def plays(draw, how="exit code 1"):
    """An interleaving, played to its end: the fleet, the episodes, what came of them."""
    count, lanes, workers = draw(st.integers(1, 12)), draw(st.integers(1, 8)), draw(st.integers(1, 4))
    fleet = ScriptedFleet(draw, draw(st.frozensets(st.integers(0, count - 1), max_size=3)))
    fleet.how, fleet.attempts = how, []
    tell = lambda *attempt: fleet.attempts.append(attempt)  # noqa: E731 - said where it is used
    with Scheduler(config(lanes), fleet, workers, tell) as scheduler:
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
        assert (kept == b"kept") == (record.reason in (None, RAISED))


@given(plays())
def test_an_episode_that_always_ends_its_worker_is_always_a_fault(play):
    fleet, _, played = play
    assert all(one.record.status != "ok" for one in played if one.record.repeat in fleet.doomed)


@given(plays())
def test_a_verdict_says_who_had_the_word(play):
    fleet, _, played = play
    expected = {
        ("dies", "policy"): ("policy_error", "while the policy had the word (exit code 1)"),
        ("dies", "env"): ("env_error", "while playing this episode alone (exit code 1)"),
        ("policy", None): ("timeout", "the policy did not answer within 5 s"),
        ("env", None): ("env_error", "the environment did not answer within 300 s"),
        ("fails", None): ("policy_error", RAISED),
    }
    for record in (one.record for one in played if one.record.status != "ok"):
        how, phase = fleet.died_alone[record.id]
        status, reason = expected[how, phase if how == "dies" else None]
        assert (record.status, reason in (record.reason or "")) == (status, True)


@given(plays("killed by signal 9"))
def test_a_worker_that_is_killed_alone_is_followed_by_another_before_there_is_a_verdict(play):
    fleet, _, played = play
    tries = Counter(episode for episode, status, _ in fleet.attempts if status == "interrupted")
    for record in (one.record for one in played if one.record.reason not in (None, RAISED)):
        hung = record.status == "timeout" or "did not answer" in record.reason
        assert hung or tries[record.id] >= 1


@given(plays())
def test_who_plays_a_suspect_has_had_no_part_in_a_fault(play):
    fleet, _, _ = play
    assert all(memory == [] for memory in fleet.memories)


@given(plays())
def test_whatever_was_played_in_vain_is_told(play):
    fleet, _, played = play
    told = {episode for episode, _, _ in fleet.attempts}
    assert {one.record.id for one in played if one.record.status != "ok"} <= told


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


def test_a_worker_that_dies_in_a_probe_is_tried_again_and_named_with_the_task():
    fleet = DeadOnArrival(None)
    why = r"overhead/idle-v1, first step: the worker process ended while it had nothing to do \(exit code 1\)"
    with (
        pytest.raises(InvalidPolicyError, match=why),
        Scheduler(config(1), fleet, 1) as scheduler,
    ):
        scheduler.probe(episodes(1))
    assert len(fleet.started) == 1 + NUM_TRIES


class Asleep(Quiet):
    """Workers that are stopped in a phase, for so long."""

    def __init__(self, phase, silent_s, live=()):
        super().__init__(None)
        self.shown = Status(phase, silent_s, live)

    def start(self, config):
        worker = super().start(config)
        worker.status = lambda: self.shown
        worker.kill = lambda *, at_once: "killed by signal 9"
        return worker

    def wait(self, links, timeout_s):
        return []

    def close(self):
        pass


@pytest.mark.parametrize(
    ("phase", "why"),
    [
        ("load", "cannot load the policy: it did not load within 300 s; .*--load-timeout"),
        ("policy", "first step: no answer within 5 s"),
        ("env", "first step: no answer within 300 s"),
        ("idle", "first step: no answer within 60 s"),
    ],
)
def test_a_worker_may_hang_in_no_phase_of_a_probe(monkeypatch, phase, why):
    monkeypatch.setattr(scheduler_module.time, "monotonic", Clock().tick)
    with (
        pytest.raises(InvalidPolicyError, match=why),
        Scheduler(config(1), Asleep(phase, 1e9), 1) as scheduler,
    ):
        scheduler.probe(episodes(1))


class Clock:
    """Time that passes whenever it is looked at, in steps in which nobody is absent."""

    now = 0.0

    def tick(self):
        self.now += ABSENCE_S / 10
        return self.now


def test_a_worker_that_leaves_its_mail_unread_is_replaced(monkeypatch):
    monkeypatch.setattr(scheduler_module.time, "monotonic", Clock().tick)
    fleet = Asleep("idle", 1e9)
    why = "ended 3 times without playing an episode \\(no answer within 60 s\\)"
    with pytest.raises(InvalidPolicyError, match=why), Scheduler(config(1), fleet, 1) as scheduler:
        list(scheduler.run(episodes(2)))


def test_a_worker_that_has_nothing_to_do_may_do_nothing(monkeypatch):
    monkeypatch.setattr(scheduler_module.time, "monotonic", Clock().tick)
    scheduler = Scheduler(config(1), Asleep("idle", 1e9), 1)
    for _ in range(300):
        assert list(scheduler._next()) == []


def test_nobody_is_blamed_for_a_time_in_which_the_scheduler_itself_was_stopped(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(scheduler_module.time, "monotonic", clock.tick)
    scheduler = Scheduler(config(1), Asleep("policy", 3600.0, live=(0,)), 1)
    scheduler._pending.extend(enumerate(episodes(1)))
    list(scheduler._next())
    clock.now += 3600.0
    assert list(scheduler._next()) == []
    assert not scheduler._seats[0].hung_in


@pytest.mark.parametrize("content", [{}, {"record": {}, "number": 0}, {"suspects": [7]}, {"attempt": 3}, []])
def test_a_worker_that_talks_nonsense_is_replaced_and_its_episodes_are_played_again(content):
    fleet = Quiet(None)
    scheduler = Scheduler(config(1), fleet, 1)
    scheduler._pending.extend(enumerate(episodes(1)))
    list(scheduler._next())
    fleet.started[0].mail.append(Message(content))
    list(scheduler._next())
    assert (len(fleet.started), fleet.started[0].dead) == (2, True)
    assert [episode for _, episode in scheduler._suspects] == episodes(1)


def test_a_worker_is_given_no_more_than_twice_its_lanes_at_once():
    fleet = Quiet(None)
    scheduler = Scheduler(config(3), fleet, 2)
    scheduler._pending.extend(enumerate(episodes(100)))
    list(scheduler._next())
    assert [len(worker.live) + len(worker.queue) for worker in fleet.started] == [6, 6]
