"""Trajectories: what their digest covers, and what is left of one that is cut."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilbench.demonstrations.trajectory import Trajectory, checksum, cut


def counting(length=4):
    """Returns a trajectory whose observation at step t is t, and its action 10 t."""
    steps = np.arange(length + 1, dtype=np.float32)[:, None]
    return Trajectory(
        observations={"x": steps, "y": 2 * steps},
        actions=10 * steps[:-1],
        expert_actions=10 * steps[:-1],
        rewards=np.arange(length, dtype=np.float64),
        success=True,
        terminated=True,
        mode=1,
        context=3,
        seed=5,
        procedure={"thought": np.arange(length)},
    )


WHOLE = counting()


def test_its_length_is_the_number_of_actions():
    assert len(WHOLE) == 4


@pytest.mark.parametrize(
    "change",
    [
        {"observations": {"x": WHOLE.observations["x"], "y": WHOLE.observations["x"]}},
        {"observations": {name: v.astype(np.float64) for name, v in WHOLE.observations.items()}},
        {"actions": WHOLE.actions + 1},
        {"expert_actions": WHOLE.actions + 1},
        {"rewards": WHOLE.rewards + 1},
        {"success": False},
        {"terminated": False},
        {"mode": None},
        {"context": 2},
        {"seed": 6},
        {"num_retries": 1},
        {"procedure": {}},
        {"procedure": {"thought": np.zeros(4)}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_array_and_fact_is_in_the_digest(change):
    assert replace(WHOLE, **change).digest() != WHOLE.digest()


def test_the_order_of_fields_is_not_in_the_digest():
    turned = replace(WHOLE, observations=dict(reversed(WHOLE.observations.items())))
    assert turned.digest() == WHOLE.digest()


def test_the_checksum_is_of_the_trajectories_in_their_order():
    first, second = counting(2), counting(3)
    assert checksum(iter([first, second])) == checksum([first, second]) != checksum([second, first])


@given(st.integers(1, 4))
def test_a_cut_trajectory_is_a_prefix_that_shows_no_success(length):
    part = cut(WHOLE, length)
    assert (len(part), part.success, part.terminated, part.mode) == (length, False, False, None)
    assert part.observations["x"][:, 0].tolist() == list(range(length + 1))
    assert part.expert_actions[:, 0].tolist() == [10 * t for t in range(length)]
    assert part.rewards.tolist() == part.procedure["thought"].tolist() == list(range(length))
    assert (part.context, part.seed) == (WHOLE.context, WHOLE.seed)
