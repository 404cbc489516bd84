"""Lanes of the real toy task, played by a host in memory that answers what its test says."""

from __future__ import annotations

import time
from math import ceil

import numpy as np
import pytest

from ilbench.guest.actions import ActionCheck
from ilbench.processes import FROM_OUTSIDE
from ilbench.runner.faults import PolicyEnded, PolicyFault
from ilbench.runner.hosts.host import LostWhileLoadingError, observation_layout
from ilbench.runner.lane import EnvFaultError
from ilbench.runner.lanes import NUM_TRIES, LanePlayer, Watch
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
        self.phases, self.begun, self.retried = [], [], []

    def enter(self, phase):
        self.phases.append(phase)

    def begin(self, lane, episode):
        self.begun.append((lane, episode))

    def retry(self, episode, status, reason):
        self.retried.append((episode, status, reason))


class Play:
    """Plays episodes, and keeps what host and watch were told.

    Attributes:
        calls: The live lanes of each call of the policy.
    """

    def __init__(
        self, answer=rows, lanes=WIDTH, episodes=EPISODES, make_env=None, crew=Crew, limit_s=9.0, **how
    ):
        self.log, self.watch = [], Log()
        rest = iter(episodes)
        self.player = LanePlayer(
            HARBOR,
            lambda count: crew(self.log, answer, **{"num_lanes": count, **how}),
            lanes,
            self.watch,
            make_env or HARBOR.make_env,
            episode_timeout_s=limit_s,
        )
        self.records = list(self.player.play(lambda: next(rest, None)))
        self.play_suspects()
        self.calls = [entry for entry in self.log if isinstance(entry, tuple)]

    def play_suspects(self):
        while self.player.suspects:
            self.records += self.player.play_alone(self.player.suspects.popleft())


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
    assert {episode for _, episode in play.watch.begun[-10:]} == {*IDS[:4], None}


def test_suspects_are_played_by_a_policy_that_remembers_nothing_of_the_fault():
    play = Play(refuses, episodes=EPISODES[:4])
    # The first; one for the suspects up to the guilty one; one for that alone; one for those after it.
    assert (play.log.count("made"), play.log.count("closed")) == (4, 3)
    play.player.close()
    assert play.log[-1] == "closed"


def test_who_plays_alone_is_loaded_for_one_lane_and_who_plays_on_for_all():
    loaded, rest = [], iter(EPISODES)

    def load(count):
        loaded.append(count)
        return Crew([], refuses, num_lanes=count)

    player = LanePlayer(HARBOR, load, 4, Log(), HARBOR.make_env)
    assert len(list(player.play(lambda: next(rest, None)))) == 4
    assert [record.status for record in player.play_alone(player.suspects.popleft())] == ["ok"]
    again = iter(EPISODES[4:])
    assert len(list(player.play(lambda: next(again, None)))) == 4
    assert loaded == [4, 4, 1, 4]


def test_what_was_played_in_vain_is_told_with_its_reason():
    retried = Play(refuses, episodes=EPISODES[:4]).watch.retried
    reason = "a call for 4 episodes failed: policy_error: not with me"
    assert retried[:4] == [(episode.id, "interrupted", reason) for episode in EPISODES[:4]]
    assert retried[4:] == [(IDS[2], "policy_error", "not with me")]  # by one that had played others
    retried = Play(refuses, lanes=1, episodes=EPISODES[:4]).watch.retried
    assert retried == [(IDS[2], "policy_error", "not with me")]


class Mortal(Crew):
    """Comes to its end when it is asked in the guilty episode, as often as its test says."""

    ends = 1
    how = "killed by signal 9"

    def act(self, live):
        if GUILTY in (self.seeds.get(lane) for lane in live) and self.log.count("ended") < self.ends:
            self.log.append("ended")
            raise PolicyEnded(self.how)
        return super().act(live)


@pytest.mark.parametrize(
    ("how", "ends", "status"),
    [
        ("killed by signal 9", 1, "ok"),
        ("killed by signal 15", 1, "ok"),
        ("killed by signal 9", 2, "policy_error"),
        ("killed by signal 11", 1, "policy_error"),
        ("exit code 3", 1, "policy_error"),
    ],
)
def test_who_is_killed_from_outside_has_one_more_try_alone(how, ends, status):
    play = Play(crew=type("Mortal", (Mortal,), {"how": how, "ends": ends}), episodes=[])
    (record,) = play.player.play_alone(EPISODES[2])
    assert record.status == status
    assert record.reason == (None if status == "ok" else f"the policy process ended ({how})")
    assert len(play.watch.retried) == (how in FROM_OUTSIDE)


class Late(Crew):
    """Is found broken at the reset after the guilty episode."""

    was_guilty = False

    def reset(self, lane, seed):
        if self.was_guilty:
            raise PolicyFault("said something before it was asked")
        self.was_guilty = seed == GUILTY
        super().reset(lane, seed)


def test_what_one_episode_leaves_behind_is_not_laid_at_the_next():
    play = Play(crew=Late, lanes=1, episodes=[])
    play.player.suspects.extend(EPISODES[:5])
    play.play_suspects()
    assert [(record.id, record.status) for record in play.records] == [(episode, "ok") for episode in IDS[:5]]
    assert [(episode, status) for episode, status, _ in play.watch.retried] == [(IDS[3], "policy_error")]


class Ends(Crew):
    """Cannot be asked anything after the first reset."""

    def reset(self, lane, seed):
        if self.seeds:
            raise PolicyEnded("exit code 1")
        super().reset(lane, seed)


def test_a_policy_that_has_ended_makes_no_suspects_of_those_who_come_after():
    play = Play(crew=Ends, lanes=2, episodes=EPISODES[:3])
    assert [record.status for record in play.records] == ["ok"] * 3


class Weighty(Crew):
    """Loses its process while it loads, as often as its test says."""

    losses = 2

    def __init__(self, log, answer, **how):
        log.append("tried")
        if log.count("tried") <= self.losses:
            raise LostWhileLoadingError("cannot load: killed by signal 9")
        super().__init__(log, answer, **how)


def test_a_process_that_is_lost_while_it_loads_is_tried_again_and_then_given_up():
    assert Play(crew=Weighty, episodes=EPISODES[:1]).log[:4] == ["tried", "tried", "tried", "made"]
    with pytest.raises(LostWhileLoadingError, match="killed by signal 9"):
        Play(crew=type("Weightier", (Weighty,), {"losses": NUM_TRIES}))


@pytest.mark.parametrize("lanes", [1, 4])
def test_an_episode_has_a_time_that_all_its_calls_share(lanes):
    def slow(crew, live):
        time.sleep(0.012 if GUILTY in (crew.seeds[lane] for lane in live) else 0)
        return rows(crew, live)

    play = Play(slow, lanes=lanes, episodes=EPISODES[:4], limit_s=0.03)
    late = [record for record in play.records if record.status != "ok"]
    assert [(record.id, record.status, record.length) for record in late] == [(IDS[2], "timeout", 0)]
    assert late[0].reason == "the policy took more than 0.03 s for the episode"


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
    assert watch.phases[:5] == ["load", "env", "policy", "policy", "env"]  # reset of both, call and step
    assert watch.phases.count("policy") == watch.phases.count("env")


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
    assert play.log == ["made", (0,)]
    assert play.watch.begun == [(0, IDS[0]), (0, None)]


def test_a_policy_that_passed_the_probe_plays_on_in_lanes_and_another_one_alone():
    play = Play(episodes=[])
    play.player.probe(EPISODES[0])
    rest = iter(EPISODES[:2])
    assert len(list(play.player.play(lambda: next(rest, None)))) == 2
    assert play.log.count("made") == 1
    assert len(list(play.player.play_alone(EPISODES[0]))) == 1
    assert play.log.count("made") == 2


def test_a_policy_that_ends_in_the_probe_is_tried_again():
    play = Play(crew=type("Twice", (Mortal,), {"ends": 2}), episodes=[])
    play.player.probe(EPISODES[2])
    assert play.log.count("made") == NUM_TRIES


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


@pytest.mark.parametrize("state", [np.array([object()]), [1.0], "adrift"], ids=["objects", "list", "text"])
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
