"""Lanes of the real toy task, played by a host in memory that answers what its test says."""

from __future__ import annotations

from math import ceil

import numpy as np
import pytest

from ilbench.guest.actions import ActionCheck
from ilbench.runner.faults import PolicyFault
from ilbench.runner.hosts.host import observation_layout
from ilbench.runner.lanes import EnvFaultError, LanePlayer, Watch
from ilbench.runs.identity import Episode, EpisodeId
from ilbench.runs.journal import to_line
from ilbench.testing.toys import HARBOR, HarborEnv

WIDTH = 4
EPISODES = [Episode(EpisodeId(HARBOR.id, "test", context, 0), 1 + 5 * context) for context in range(8)]
GUILTY = EPISODES[2].policy_seed
IDS = [episode.id for episode in EPISODES]


class Crew:
    """A policy that serves `WIDTH` lanes; `log` takes what it is asked, `answer` says what it answers."""

    width = WIDTH
    note = ""

    def __init__(self, log, answer, history=1, num_lanes=WIDTH):
        self.log, self.answer, self.history, self.num_lanes = log, answer, history, num_lanes
        self.check = ActionCheck(HARBOR.action.describe(), WIDTH)
        layout = observation_layout(HARBOR, WIDTH, history)
        self.observations = {name: np.zeros(shape, dtype) for name, shape, dtype in layout}
        self.seeds = {}
        log.append("made")

    def reset(self, lane, seed):
        self.seeds[lane] = seed

    def act(self, live):
        self.log.append(tuple(live))
        return self.check.judged(self.check.batch(self.answer(self, live), live, None), live)

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


@pytest.mark.parametrize("lanes", [1, 4])
def test_chunks_of_different_lengths_are_played_to_their_ends_beside_each_other(lanes):
    def answer(crew, live):
        lengths = [1 + crew.seeds.get(lane, 0) % 5 for lane in range(WIDTH)]
        return [np.repeat(row[None], n, axis=0) for row, n in zip(rows(crew, live), lengths, strict=True)]

    assert digests(Play(answer, lanes=lanes)) == digests(Play(lanes=1))


def test_no_more_lanes_are_played_than_the_policy_can_serve():
    play = Play(lanes=3, num_lanes=1)
    assert set(play.calls) == {(0,)}
    assert digests(play) == digests(Play(lanes=3))


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


QUIRKS = {
    "NaN reward": ({1: float("nan")}, "step 3: the reward is nan (float), expected one finite number"),
    "infinite reward": ({1: -float("inf")}, "step 3: the reward is -inf (float)"),
    "no reward": ({1: None}, "step 3: the reward is None"),
    "reward as text": ({1: "0.5"}, "step 3: the reward is '0.5' (str)"),
    "two rewards": ({1: np.ones(2)}, "step 3: the reward is an array of float64 of shape (2,)"),
    "int terminated": ({2: 1}, "step 3: terminated is 1 (int), expected True or False"),
    "terminated of many": ({2: np.zeros(2, bool)}, "step 3: terminated is an array of bool"),
    "no truncated": ({3: None}, "step 3: truncated is None"),
    "no info": ({4: None}, "step 3: info is None, expected a mapping"),
    "no success": ({4: {"mode": None}}, "step 3: info['success'] is not there"),
    "NaN success": ({4: {"success": float("nan"), "mode": None}}, "step 3: info['success'] is nan (float)"),
    "negative mode": (
        {4: {"success": False, "mode": -1}},
        "step 3: info['mode'] is -1 (int), expected None or",
    ),
    "unknown mode": ({4: {"success": False, "mode": 2}}, "step 3: info['mode'] is 2 (int)"),
    "no observation": ({0: None}, "step 3: the observation is None, expected a mapping"),
    "lost field": ({0: {"state": np.zeros(2)}}, "step 3: observation['bearing'] is not there"),
    "other shape": (
        {0: {"state": np.zeros(3), "bearing": np.zeros(2, np.uint8)}},
        "step 3: observation['state'] is float64 of shape (3,), expected float32 of shape (2,)",
    ),
    "text for numbers": (
        {0: {"state": ["a", "b"], "bearing": np.zeros(2, np.uint8)}},
        "step 3: observation['state'] is <U1 of shape (2,)",
    ),
    "four values": (slice(0, 4), "step 3: what was returned is 4 values, expected 5 values"),
    "nothing": (None, "step 3: what was returned is None"),
    "an exit": (SystemExit("capsized"), "SystemExit: capsized"),
    "an exception that is none": (type("Wreck", (BaseException,), {})("sunk"), "Wreck: sunk"),
}
AT_RESET = {
    "one value": (lambda o, i: (o,), "reset: what was returned is"),
    "no info": (lambda o, i: (o, None), "reset: info is None"),
    "no mode": (lambda o, i: (o, {"success": False}), "reset: info['mode'] is not there"),
    "lost field": (lambda o, i: ({}, i), "reset: observation['state'] is not there"),
    "NaN": (
        lambda o, i: ({**o, "state": np.full(2, np.nan)}, i),
        "reset: observation['state'] is NaN in 2 of 2",
    ),
    "an exit": (lambda o, i: exec("raise SystemExit(3)"), "SystemExit: 3"),
}


class Quirky(HarborEnv):
    """Does in one episode what its class says, and refuses to be closed after it."""

    quirk, at_reset, at_state = {9: None}, staticmethod(lambda *started: started), None

    def __init__(self):
        super().__init__(current=0.01)

    def reset(self, *, seed=None, options=None):
        self.is_bad, self.steps = seed == IDS[2].seed("environment"), 0
        started = super().reset(seed=seed, options=options)
        return self.at_reset(*started) if self.is_bad else started

    def step(self, action):
        outcome, self.steps = super().step(action), self.steps + 1
        if not self.is_bad or self.steps != 3:
            return outcome
        if isinstance(self.quirk, BaseException):
            raise self.quirk
        if isinstance(self.quirk, slice):
            return outcome[self.quirk]
        return self.quirk and tuple(self.quirk.get(index, value) for index, value in enumerate(outcome))

    def _observation(self):
        x = HarborEnv.state(self)
        return {"state": x.astype(np.float32), "bearing": np.array([x[0] < 0, x[0] >= 0], np.uint8)}

    def state(self):
        return self.at_state if self.is_bad and self.at_state is not None else super().state()

    def close(self):
        if self.is_bad:
            raise RuntimeError("stuck")


def is_its_own_alone(reason, lanes=WIDTH, answer=rows, **quirk):
    """Asserts that episode 2 alone ends in an environment's error with that reason; returns its record."""
    play = Play(answer, lanes=lanes, make_env=type("Q", (Quirky,), quirk))
    guilty = next(record for record in play.records if record.id == IDS[2])
    assert (guilty.status, guilty.success, reason in guilty.reason) == ("env_error", None, True), (
        guilty.reason
    )
    assert digests(play).items() >= {e.id: alone(e) for e in EPISODES if e.id != IDS[2]}.items()
    assert to_line(guilty)
    return guilty


@pytest.mark.parametrize("name", QUIRKS)
def test_what_no_record_can_hold_is_an_error_of_its_own_episode(name):
    quirk, reason = QUIRKS[name]
    guilty = is_its_own_alone(reason, quirk=quirk)
    assert guilty.length in (2, 3)  # an observation is looked at once its step is counted


@pytest.mark.parametrize("name", AT_RESET)
def test_so_is_what_a_reset_may_not_return(name):
    at_reset, reason = AT_RESET[name]
    assert is_its_own_alone(reason, at_reset=staticmethod(at_reset)).length == 0


@pytest.mark.parametrize("state", [np.array([object()]), [1.0], "adrift"], ids=repr)
def test_so_is_a_state_without_bits(state):
    is_its_own_alone("reset: state() is", at_state=state)


BLIND = {0: {"state": np.array([np.nan, 0.0]), "bearing": np.zeros(2, np.uint8)}}


def echoes(crew, live):
    """Answers with what it sees, so that a NaN comes back."""
    return crew.observations["state"][:, :1] * 0 + rows(crew, live)


def refuses_nan(crew, live):
    if np.isnan(crew.observations["state"]).any():
        raise PolicyFault("ValueError: Input contains NaN")
    return rows(crew, live)


@pytest.mark.parametrize("answer", [echoes, refuses_nan])
@pytest.mark.parametrize("lanes", [1, WIDTH])
def test_a_policy_that_fails_on_nan_is_not_to_blame(answer, lanes):
    is_its_own_alone("step 3: observation['state'] is NaN in 1 of 2", lanes, answer, quirk=BLIND)


def test_a_policy_that_fails_on_numbers_is():
    play = Play(loses_its_number, make_env=type("Q", (Quirky,), {"quirk": {}}))
    assert [r.status for r in play.records if r.id == IDS[2]] == ["invalid_action"]


def test_an_episode_that_ends_in_nan_is_an_error_whoever_played_it():
    class Adrift(HarborEnv):
        def _observation(self):
            return {**super()._observation(), "state": np.full(2, np.nan if self._x > 0.9 else 0, np.float32)}

    play = Play(episodes=EPISODES, make_env=lambda: Adrift(current=0.01))
    assert {(record.status, record.mode) for record in play.records} == {("ok", 0), ("env_error", 1)}


def test_a_users_interrupt_in_the_environment_is_no_fault_of_it():
    with pytest.raises(KeyboardInterrupt):
        Play(make_env=type("Q", (Quirky,), {"quirk": KeyboardInterrupt()}))


def test_after_a_probe_that_the_environment_failed_the_lane_plays_on():
    falls = {"at_reset": staticmethod(lambda *started: None)}
    play = Play(episodes=[], make_env=type("Q", (Quirky,), falls))
    for _ in range(2):
        with pytest.raises(EnvFaultError, match="what was returned is None, expected 2 values"):
            play.player.probe(EPISODES[2])
    rest = iter(EPISODES[:2])
    assert [record.status for record in play.player.play(lambda: next(rest, None))] == ["ok", "ok"]
