"""Each mistake of a policy is told by the right line."""

from __future__ import annotations

import numpy as np
import pytest

from ilbench.vetting import acting
from ilbench.vetting.acting import check_acting
from ilbench.vetting.rehearsal import Patience

QUICK = Patience(timeout_s=0.5, load_timeout_s=60)


def found(spec, task):
    return {one.check: one for one in check_acting(spec, task, 2, QUICK)}


def test_a_policy_without_a_mistake_is_fine_in_every_way(spec, harbor):
    lines = found(spec("Careful"), harbor)
    checks = {"load", "act", "bounds", "determinism", "lanes", "latency", "full preset"}
    assert {check: one.verdict for check, one in lines.items()} == dict.fromkeys(checks, "ok")
    assert {one.task for one in lines.values()} == {harbor.id}


@pytest.mark.parametrize(
    ("policy", "check", "verdict", "told"),
    [
        ("Unseeded", "determinism", "error", "the same seed gave other actions"),
        ("Mixes", "lanes", "error", "other actions"),
        ("Shouts", "bounds", "warning", "100.0% of"),
        ("Wide", "act", "error", "shape"),
        ("Blank", "act", "error", "nan"),
        ("Fails", "act", "error", "KeyError"),
        ("NeverLoads", "load", "error", "no weights.pt here"),
        ("missing", "load", "error", "missing"),
        ("Elsewhere", "convention", "error", "kind: task 'delta', policy 'absolute'"),
    ],
)
def test_a_mistake_is_told_by_its_line_and_no_other(spec, harbor, policy, check, verdict, told):
    wrong = [one for one in found(spec(policy), harbor).values() if one.verdict != "ok"]
    assert [(one.check, one.verdict) for one in wrong] == [(check, verdict)]
    assert told in wrong[0].found
    assert wrong[0].remedy


@pytest.mark.parametrize(("policy", "told"), [("Dies", "exit code 7"), ("Dawdles", "within 0.5 s")])
def test_one_that_takes_its_process_along_is_told_too(spec, harbor, policy, told):
    (one,) = found(spec(policy, place="process"), harbor).values()
    assert (one.check, one.verdict) == ("act", "error")
    assert told in one.found


def test_a_run_of_days_is_a_warning(spec, harbor, monkeypatch):
    monkeypatch.setattr(acting, "LONG_H", 1e-9)
    assert found(spec("Careful"), harbor)["full preset"].verdict == "warning"


@pytest.mark.parametrize(("hours", "text"), [(0.001, "3.6 s"), (0.5, "30.0 min"), (2, "2.0 h")])
def test_a_time_is_told_in_a_unit_that_suits_it(hours, text):
    assert acting._time(hours) == text


def test_actions_are_compared_as_far_as_both_go():
    one = np.zeros((4, 2))
    other = one.copy()
    other[2, 1] = 1
    assert acting._first_difference(one, one[:2]) is None
    assert acting._first_difference(one, other) == 2
