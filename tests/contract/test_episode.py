"""EpisodeProgress: success rule, stops and horizon, each alone and together."""

from __future__ import annotations

import numpy as np
import pytest

from ilbench.contract.episode import EpisodeProgress
from ilbench.contract.outcome import InvalidOutcomeError
from ilbench.testing.toys import toy_task

LATCHES = [True, False, True, False]  # success at steps 1 and 3 of four


def played(successes, *, rule="ever", stops=False, horizon=10, start=False, ends=None, mode=None):
    """Returns the progress after the steps up to the end, and their number."""
    task = toy_task(horizon=horizon, success_rule=rule, stops_on_success=stops, modes=tuple("abcd"))
    progress = EpisodeProgress(task, {"success": start, "mode": None})
    for step, success in enumerate(successes, start=1):
        terminated, truncated = (ends or {}).get(step, (False, False))
        if progress.step(0.5, terminated, truncated, {"success": success, "mode": mode}):
            break
    return progress


@pytest.mark.parametrize(
    ("rule", "stops", "horizon", "expected"),
    [
        ("ever", False, 4, (True, False, 4, False, True)),
        ("ever", False, 10, (True, False, 4, False, False)),
        ("ever", True, 10, (True, True, 1, True, False)),
        ("ever", True, 1, (True, True, 1, True, False)),
        ("final", False, 4, (False, False, 4, False, True)),
        ("final", False, 3, (True, True, 3, False, True)),
    ],
)
def test_success_rule_stops_and_horizon(rule, stops, horizon, expected):
    p = played(LATCHES, rule=rule, stops=stops, horizon=horizon)
    assert (p.success, p.final_success, p.length, p.terminated, p.truncated) == expected


def test_the_return_is_the_sum_of_the_rewards():
    assert played([False] * 7).episode_return == 3.5


@pytest.mark.parametrize("horizon", [1, 2, 5])
def test_the_horizon_truncates_and_does_not_terminate(horizon):
    p = played([False] * 9, horizon=horizon)
    assert (p.length, p.terminated, p.truncated, p.success) == (horizon, False, True, False)


@pytest.mark.parametrize(
    ("ends", "expected"),
    [((True, False), (True, False)), ((False, True), (False, True)), ((True, True), (True, False))],
)
def test_an_end_of_the_environment_ends_the_episode_and_termination_wins(ends, expected):
    p = played([False] * 9, ends={3: ends})
    assert (p.length, (p.terminated, p.truncated)) == (3, expected)


def test_a_success_at_the_horizon_of_a_task_that_stops_is_a_termination():
    p = played([False, True], stops=True, horizon=2)
    assert (p.success, p.terminated, p.truncated) == (True, True, False)


def test_a_success_of_the_start_counts_for_ever_and_not_for_final():
    assert played([False], start=True, rule="ever").success
    assert not played([False], start=True, rule="final").success


def test_the_mode_is_the_last_one_reported():
    assert played([False], mode=3).mode == 3
    assert played([False]).mode is None


USUAL = {"success": False, "mode": 0}


@pytest.mark.parametrize(
    "outcome",
    [
        (float("nan"), False, False, USUAL),
        (1e308, False, False, USUAL),  # after as much: the sum is no float any more
        (0.0, 1, False, USUAL),
        (0.0, False, None, USUAL),
        (0.0, False, False, {**USUAL, "success": 1}),
        (0.0, True, False, {**USUAL, "mode": 9}),
        (0.0, True, True, {"mode": 0}),
    ],
)
def test_what_is_refused_leaves_no_trace(outcome):
    progress = EpisodeProgress(toy_task(), USUAL)
    progress.step(1e308, False, False, USUAL)
    before = [getattr(progress, name) for name in EpisodeProgress.__slots__]
    with pytest.raises(InvalidOutcomeError, match="toys/harbor-v1, step 2: "):
        progress.step(*outcome)
    assert [getattr(progress, name) for name in EpisodeProgress.__slots__] == before


@pytest.mark.parametrize(
    "info", [None, {}, {"success": False}, {"success": 0, "mode": None}, {"success": False, "mode": -1}]
)
def test_what_a_reset_may_not_say_is_refused(info):
    with pytest.raises(InvalidOutcomeError, match="toys/harbor-v1, reset: info"):
        EpisodeProgress(toy_task(), info)


def test_numpys_scalars_count_as_pythons():
    plain, numpys = (EpisodeProgress(toy_task(), USUAL) for _ in range(2))
    plain.step(0.5, False, True, {"success": True, "mode": 1})
    info = {"success": np.bool_(True), "mode": np.int64(1)}
    numpys.step(np.float32(0.5), np.bool_(False), np.bool_(True), info)
    for name in EpisodeProgress.__slots__[1:]:
        assert repr(getattr(plain, name)) == repr(getattr(numpys, name))


def test_a_success_that_does_not_end_the_episode_is_latched_by_its_rule_alone():
    p = played([True, False, False], rule="ever")
    assert (p.success, p.final_success) == (True, False)
    p = played([True, False, False], rule="final")
    assert (p.success, p.final_success) == (False, False)
