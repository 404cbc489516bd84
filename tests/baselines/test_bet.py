from __future__ import annotations

import math

import torch
from point import POINT

from ilbench.baselines.bet import BehaviorBins, BinConfig
from ilbench.baselines.learner import Batch

STATE = {"state": torch.zeros(4, 1, 1)}
SHOWN = torch.tensor([[-1.0], [-0.9], [0.9], [1.0]]).view(4, 1, 1)


class Even(BehaviorBins):
    """Every bin as likely, every offset 0.02."""

    def outputs(self, observations):
        return torch.zeros(4, 2), torch.full((4, 2, 1), 0.02)


def even(**changes):
    learner = Even(POINT, BinConfig(bins=2, chunk=1, execute=1, **changes))
    learner.fit_statistics(batch())
    return learner


def batch():
    return Batch(STATE, SHOWN, torch.ones(4, 1) > 0)


def test_the_centers_are_the_means_of_two_clusters():
    assert sorted(even().centers.flatten().tolist()) == [-0.949999988079071, 0.949999988079071]


def test_fewer_different_chunks_than_bins_leave_no_center_empty():
    learner = BehaviorBins(POINT, BinConfig(bins=9, chunk=1, execute=1))
    learner.fit_statistics(batch())
    assert {round(center, 3) for center in learner.centers.flatten().tolist()} == {-1.0, -0.9, 0.9, 1.0}


def test_the_loss_is_the_focal_loss_and_the_offsets_error():
    loss = even(offset_weight=2.0).loss(batch(), torch.Generator())
    focal = (1 - 0.5) ** 2 * math.log(2)
    error = ((0.05 + 0.02) ** 2 + (0.05 - 0.02) ** 2) / 2
    torch.testing.assert_close(loss.item(), focal + 2.0 * error)


def test_it_plays_the_center_of_the_drawn_bin_and_its_offset():
    learner = even()
    noise = torch.tensor([[1.0, 0.0], [0.0, 1.0]] * 2)
    torch.testing.assert_close(
        learner.chunks(noise, STATE), (learner.centers[[0, 1, 0, 1]] + 0.02).clamp(-1, 1)
    )
