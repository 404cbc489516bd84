"""Lanes of the real toy task, played by a host in memory that answers what its test says."""

from __future__ import annotations

from math import ceil

import numpy as np
import pytest

from ilbench.runner.faults import PolicyFault
from ilbench.runner.hosts.host import observation_layout
from ilbench.runner.lanes import EnvFaultError, LanePlayer, Watch
from ilbench.runs.identity import Episode, EpisodeId
from ilbench.testing.toys import HARBOR, HarborEnv

WIDTH = 4
EPISODES = [Episode(EpisodeId(HARBOR.id, "test", context, 0), 1 + 5 * context) for context in range(8)]
GUILTY = EPISODES[2].policy_seed
IDS = [episode.id for episode in EPISODES]


class Crew:
    """A policy that serves `WIDTH` lanes; `log` takes what it is asked, `answer` says what it answers."""

    width = WIDTH

    def __init__(self, log, answer, history=1):
        self.log, self.answer, self.history = log, answer, history
        layout = observation_layout(HARBOR, WIDTH, history)
        self.observations = {name: np.zeros(shape, dtype) for name, shape, dtype in layout}
        self.seeds = {}
        log.append("made")

    def reset(self, lane, seed):
        self.seeds[lane] = seed

    def act(self, live):
        self.log.append(tuple(live))
        return self.answer(self, live)

    def close(self):
        self.log.append("closed")


def rows(crew, live, speed=1.0):
    """Answers with an action a lane that its seed decides, to the left or to the right."""
    actions = np.zeros((WIDTH, 1))
    for lane in live:
        actions[lane] = speed if crew.seeds[lane] % 2 else -speed
    return actions


class Log(Watch):
    """A watch that writes down what it is told."""

    def __init__(self):
        self.phases, self.begun = [], []

    def enter(self, phase):
        self.phases.append(phase)

    def begin(self, lane, episode):
        self.begun.append((lane, episode))


class Play:
    """Plays episodes, and keeps what host and watch were told.

    Attributes:
        calls: The live lanes of each call of the policy.
    """

    def __init__(self, answer=rows, lanes=WIDTH, episodes=EPISODES, make_env=None, crew=Crew, **how):
        self.log, self.watch = [], Log()
        rest = iter(episodes)
        self.player = LanePlayer(
            HARBOR, lambda: crew(self.log, answer, **how), lanes, self.watch, make_env or HARBOR.make_env
        )
        self.records = list(self.player.play(lambda: next(rest, None)))
        self.calls = [entry for entry in self.log if isinstance(entry, tuple)]


def digests(play):
    return {record.id: record.digest() for record in play.records}


def alone(episode, answer=rows):
    """Returns the digest of the episode's record when it is the only one."""
    return digests(Play(answer, lanes=1, episodes=[episode]))[episode.id]


@pytest.mark.parametrize("lanes", [1, 2, 3, 4])
def test_records_do_not_depend_on_who_sits_in_the_other_lanes(lanes):
    assert digests(Play(lanes=lanes)) == {episode.id: alone(episode) for episode in EPISODES}


@pytest.mark.parametrize("size", [1, 5, 100])
def test_a_chunk_is_played_to_its_end_before_the_policy_is_asked_again(size):
    play = Play(lambda crew, live: np.repeat(rows(crew, live)[:, None], size, axis=1), episodes=EPISODES[:1])
    assert len(play.calls) == ceil(play.records[0].length / size)
    assert play.records[0].action_digest == Play(episodes=EPISODES[:1]).records[0].action_digest


def test_a_lane_whose_episode_has_ended_takes_the_next_at_once():
    play = Play(lanes=2)
    begun = [episode for _, episode in play.watch.begun if episode is not None]
    assert begun == IDS
    full = [call for call in play.calls if call == (0, 1)]
    assert play.calls[: len(full)] == full  # only at the end, with no episode left, is a lane idle
    assert sum(map(len, play.calls)) == sum(record.length for record in play.records)


def refuses(crew, live):
    if GUILTY in (crew.seeds[lane] for lane in live):
        raise PolicyFault("not with me")
    return rows(crew, live)


def test_all_episodes_of_a_faulty_call_are_played_again_alone_and_only_the_guilty_is_blamed():
    play = Play(refuses)
    blamed = {r.id: (r.status, r.reason) for r in play.records if r.status != "ok"}
    assert blamed == {IDS[2]: ("policy_error", "not with me")}
    clean = {episode.id: alone(episode) for episode in EPISODES if episode != EPISODES[2]}
    assert digests(play).items() >= clean.items()
    assert play.calls[0] == (0, 1, 2, 3)
    assert {episode for _, episode in play.watch.begun[-8:]} == {*IDS[:4], None}


def test_every_suspect_is_played_by_a_fresh_policy_and_the_faulty_one_is_closed():
    play = Play(refuses, episodes=EPISODES[:4])
    # The first, its successor after the call, one for each of four suspects, one after the guilty.
    assert (play.log.count("made"), play.log.count("closed")) == (7, 6)
    play.player.close()
    assert play.log[-1] == "closed"


def loses_its_number(crew, live):
    actions = rows(crew, live)
    for lane in live:
        if crew.seeds[lane] == GUILTY:
            actions[lane] = np.nan
    return actions


def test_an_invalid_row_makes_a_suspect_of_its_own_lane_alone():
    play = Play(loses_its_number, episodes=EPISODES[:4])
    assert [r.id for r in play.records][-1] == IDS[2]
    assert (play.records[-1].status, play.records[-1].length) == ("invalid_action", 0)
    assert [episode for _, episode in play.watch.begun if episode].count(IDS[2]) == 2
    assert [record.status for record in play.records[:3]] == ["ok"] * 3


class Unready(Crew):
    def reset(self, lane, seed):
        super().reset(lane, seed)
        if seed == GUILTY:
            raise PolicyFault("not ready")


def test_a_fault_in_reset_is_the_episodes_own():
    play = Play(crew=Unready)
    assert [(r.id, r.reason) for r in play.records if r.status == "policy_error"] == [(IDS[2], "not ready")]
    assert len(play.records) == len(EPISODES)


class Leaking(HarborEnv):
    """Breaks at the second step of its first episode, or at its reset."""

    made = closed = 0
    at_reset = False

    def __init__(self):
        super().__init__(current=0.01)
        type(self).made += 1
        self.steps = 0

    def reset(self, **how):
        if self.at_reset and type(self).made == 1:
            raise RuntimeError("no water")
        return super().reset(**how)

    def step(self, action):
        self.steps += 1
        if self.steps == 2 and type(self).made == 1:
            raise RuntimeError("a leak")
        return super().step(action)

    def close(self):
        type(self).closed += 1


@pytest.mark.parametrize(
    ("at_reset", "reason"), [(False, "RuntimeError: a leak"), (True, "RuntimeError: no")]
)
def test_a_broken_environment_is_closed_and_the_next_episode_has_a_new_one(at_reset, reason):
    leaking = type("Leaks", (Leaking,), {"at_reset": at_reset})
    play = Play(lanes=1, episodes=EPISODES[:3], make_env=leaking)
    first, *others = play.records
    assert (first.status, first.success) == ("env_error", None)
    assert first.reason.startswith(reason)
    assert [record.status for record in others] == ["ok", "ok"]
    assert (leaking.made, leaking.closed) == (2, 1)


def test_the_watch_is_told_who_plays_where_and_what_is_being_done():
    watch = Play(lanes=1, episodes=EPISODES[:2]).watch
    assert watch.begun == [(0, IDS[0]), (0, None), (0, IDS[1]), (0, None)]
    assert watch.phases[:4] == ["env", "policy", "policy", "env"]  # reset of both, then call and step
    assert watch.phases[2:].count("policy") == watch.phases[2:].count("env")


def test_history_begins_as_the_first_observation_and_then_moves_on():
    seen = []

    def looks(crew, live):
        seen.append(crew.observations["state"][0, :, 0].copy())
        return rows(crew, live)

    Play(looks, lanes=1, episodes=EPISODES[:1], history=3)
    assert (seen[0] == seen[0][0]).all()
    assert (seen[2][:2] == seen[1][1:]).all()
    assert len(set(seen[3])) == 3


def test_rows_of_idle_lanes_are_zeros():
    def looks(crew, live):
        idle = [lane for lane in range(WIDTH) if lane not in live]
        assert not any(values[idle].any() for values in crew.observations.values())
        return rows(crew, live)

    assert {record.status for record in Play(looks, lanes=3).records} == {"ok"}


def test_a_probe_plays_one_step_and_leaves_neither_episode_nor_policy_behind():
    play = Play(episodes=[])
    play.player.probe(EPISODES[0])
    assert play.log == ["made", (0,), "closed", "made"]
    assert play.watch.begun == [(0, IDS[0]), (0, None)]


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ({"answer": lambda crew, live: np.zeros((WIDTH, 3))}, PolicyFault),
        ({"make_env": lambda: HarborEnv(current="strong")}, EnvFaultError),
    ],
)
def test_a_probe_raises_what_would_fail_every_episode(how, error):
    with pytest.raises(error):
        Play(episodes=[], **how).player.probe(EPISODES[0])
