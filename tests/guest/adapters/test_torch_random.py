"""Random numbers of torch: each lane its own, and nobody else's generator is moved."""

from __future__ import annotations

import numpy as np
import torch

from ilbench.guest.adapters.torch_random import RandomLanes


def draw(inputs):
    return torch.randn(1).item(), np.random.rand()  # noqa: NPY002 - what libraries draw from


def test_a_lane_draws_on_from_its_own_seed_whatever_others_draw():
    alone, among = RandomLanes(draw), RandomLanes(draw)
    for lanes in (alone, among):
        lanes.begin(0, 5)
    expected = [alone.call(0, {}) for _ in range(3)]
    among.begin(1, 6)
    found = [(among.call(1, {}), among.call(0, {}))[1] for _ in range(3)]
    assert found == expected


def test_the_generators_of_the_process_are_left_as_they_were():
    lanes = RandomLanes(draw)
    lanes.begin(0, 5)
    before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    lanes.call(0, {})
    assert torch.equal(before[0], torch.get_rng_state())
    assert np.array_equal(before[1], np.random.get_state()[1])  # noqa: NPY002
