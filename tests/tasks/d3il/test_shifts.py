from __future__ import annotations

from dataclasses import fields

import pytest

from ilbench.tasks.d3il.shifts import SEVERITIES, SHIFT_KINDS, UNDERSTOOD
from ilbench.tasks.disturbances import Disturbance


@pytest.mark.parametrize("severity", SEVERITIES)
def test_severities_mean_what_the_published_contexts_hold(severity):
    entries = {name: kind.entry(severity, index=0) for name, kind in SHIFT_KINDS.items()}
    assert entries["action-delay"] == {"action_delay": severity}
    assert entries["observation-noise"] == {"observation_noise_m": pytest.approx(0.002 * severity)}
    assert entries["friction-mass"] == pytest.approx(
        {"friction": 1 + severity / 10, "mass": 1 + 0.3 * severity}
    )


@pytest.mark.parametrize("severity", SEVERITIES)
def test_odd_contexts_are_as_slippery_and_light_as_even_ones_are_rough_and_heavy(severity):
    even, odd = (SHIFT_KINDS["friction-mass"].entry(severity, index) for index in (2, 3))
    assert all(even[name] * odd[name] == pytest.approx(1, abs=1e-3) for name in even)


def test_the_environment_understands_whatever_the_shifts_hold():
    held = {name for kind in SHIFT_KINDS.values() for name in kind.entry(5, 0)}
    assert held == UNDERSTOOD
    assert {field.name for field in fields(Disturbance)} >= UNDERSTOOD
