"""A worker in this process: its mailbox holds letters in memory, its heartbeat is the real one."""

from __future__ import annotations

from collections import deque

import pytest

from ilbench.contract.policy_spec import PolicySpec
from ilbench.runner.fleets.fleet import Message, WorkerConfig
from ilbench.runner.heartbeat import Heartbeat, heartbeat_bytes
from ilbench.runner.worker import serve
from ilbench.runs.identity import Episode, EpisodeId
from ilbench.testing.toys import HARBOR, toy_task

FAR = toy_task(id="toys/far-v1", horizon=3)
LEAKING = toy_task(id="toys/leaking-v1", env_options={"current": "strong"})
TASKS = {task.id: task for task in (HARBOR, FAR, LEAKING)}
RANDOM = PolicySpec(load="ilbench.baselines.random_policy:RandomPolicy")
POINTLESS = PolicySpec(load="ilbench.importing:is_import_string")
EPISODES = [Episode(EpisodeId(HARBOR.id, "test", context, 0), context) for context in range(5)]


class Letters:
    """A mailbox with letters to read; who reads on finds that nobody writes any more."""

    def __init__(self, letters, heartbeat):
        self.unread, self.sent = deque(letters), []
        self.heartbeat, self.seen = heartbeat, []

    def waiting(self):
        return bool(self.unread)

    def receive(self):
        if not self.unread:
            raise EOFError
        return Message(self.unread.popleft())

    def send(self, message):
        self.seen.append(self.heartbeat.status())
        self.sent.append(message)


def served(*letters, policy=RANDOM, **config):
    config = WorkerConfig(
        tasks=TASKS, policies=dict.fromkeys(TASKS, policy), num_lanes=2, timeout_s=5.0, **config
    )
    heartbeat = Heartbeat(bytearray(heartbeat_bytes(2)))
    mail = Letters(letters, heartbeat)
    serve(config, mail, heartbeat)
    return mail


def play(episodes, first=0, **how):
    return {"play": [[first + n, *episode] for n, episode in enumerate(episodes)], **how}


def of_task(task, episode):
    return episode._replace(id=episode.id._replace(task=task.id))


def records(mail):
    return {message.content["number"]: message.content["record"] for message in mail.sent}


def test_each_episode_that_is_sent_comes_back_as_a_record_under_its_number():
    found = records(served(play(EPISODES, first=10)))
    assert sorted(found) == [10, 11, 12, 13, 14]
    assert [found[number]["context"] for number in sorted(found)] == [0, 1, 2, 3, 4]


def test_letters_that_arrive_while_it_plays_make_the_same_records():
    def without_times(found):
        return {number: {**record, "times": None} for number, record in found.items()}

    one = records(served(play(EPISODES)))
    several = records(served(play(EPISODES[:1]), play(EPISODES[1:3], 1), play(EPISODES[3:], 3)))
    assert without_times(several) == without_times(one)


def test_the_heartbeat_shows_the_episodes_that_are_live_and_an_idle_worker_at_the_end():
    mail = served(play(EPISODES))
    assert {status.phase for status in mail.seen} == {"env"}
    assert all(len(status.live) <= 2 for status in mail.seen)
    assert set().union(*(status.live for status in mail.seen)) <= set(range(5))
    assert mail.heartbeat.status() == ("idle", 0.0, ())


def test_episodes_that_are_sent_alone_are_played_one_at_a_time():
    mail = served(play(EPISODES, alone=True))
    assert [message.content["number"] for message in mail.sent] == [0, 1, 2, 3, 4]
    assert all(len(status.live) == 1 for status in mail.seen)


def test_a_worker_goes_from_task_to_task_as_its_letters_say():
    far = [of_task(FAR, episode) for episode in EPISODES[:2]]
    found = records(served(play([*EPISODES[:2], *far, *EPISODES[2:]])))
    assert [found[n]["task"] for n in range(7)] == [HARBOR.id] * 2 + [FAR.id] * 2 + [HARBOR.id] * 3
    assert found[2]["length"] == 3


def test_what_is_kept_of_an_episode_travels_with_its_record():
    mail = served(play(EPISODES[:2]), keeper="states")
    assert all(message.kept.startswith(b"PK") for message in mail.sent)
    assert all(message.kept is None for message in served(play(EPISODES[:2])).sent)


def test_a_probe_is_answered_and_the_worker_plays_on():
    mail = served({"probe": list(EPISODES[0])}, play(EPISODES[:1]))
    assert mail.sent[0].content == {"probed": HARBOR.id}
    assert mail.sent[1].content["record"]["context"] == 0


def test_a_probe_that_the_environment_fails_says_so_with_the_whole_traceback_and_the_worker_plays_on():
    probe = {"probe": list(of_task(LEAKING, EPISODES[0]))}
    failed, record = (message.content for message in served(probe, play(EPISODES[:1])).sent)
    assert failed["env_fault"].startswith("TypeError")
    assert "EnvFaultError" in failed["traceback"]
    assert record["record"]["status"] == "ok"


def test_a_probe_that_the_policy_fails_names_task_and_step():
    answer = served({"probe": list(EPISODES[0])}, policy=POINTLESS).sent[0].content
    assert answer["fatal"].startswith("toys/harbor-v1, first step: ")


def test_a_broken_environment_is_a_record_and_not_the_end_of_the_worker():
    broken = of_task(LEAKING, EPISODES[0])
    found = records(served(play([broken, EPISODES[1]])))
    assert [found[n]["status"] for n in (0, 1)] == ["env_error", "ok"]


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        (PolicySpec(load="nowhere:Policy"), "cannot load the policy 'nowhere:Policy'"),
        (PolicySpec(load="ilbench.testing.toys:SEED"), "the entry point is a int"),
    ],
)
def test_what_ends_a_worker_is_told_before_it_ends(policy, text):
    (message,) = served(play(EPISODES), policy=policy).sent
    assert text in message.content["fatal"]
    assert "InvalidSubmissionError" in message.content["traceback"]
