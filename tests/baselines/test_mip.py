from __future__ import annotations

import torch
from point import POINT

from ilbench.baselines.learner import Batch
from ilbench.baselines.mip import MinimalIterativeConfig, MinimalIterativePolicy

STATE = {"state": torch.zeros(4, 1, 1)}


class Known(MinimalIterativePolicy):
    """A network that is known: half of the chunk, and 0.2 at time 0."""

    def step(self, chunk, time, features):
        return 0.5 * chunk + (0.2 if time == 0 else 0.0)


def test_it_acts_by_correcting_its_first_guess():
    learner = Known(POINT, MinimalIterativeConfig(chunk=1, execute=1))
    torch.testing.assert_close(learner.chunks(torch.randn(4, 1), STATE), torch.full((4, 1), 0.5 * 0.9 * 0.2))


def test_the_loss_weighs_both_regressions_as_in_the_paper():
    learner = Known(POINT, MinimalIterativeConfig(chunk=1, execute=1, loss_scale=1.0))
    actions = torch.zeros(4, 1, 1)
    batch = Batch(STATE, actions, torch.ones(4, 1) > 0)
    loss = learner.loss(batch, torch.Generator().manual_seed(1))
    near = 0.1 * torch.randn((4, 1), generator=torch.Generator().manual_seed(1))
    expected = 0.2**2 / 0.9**2 + (0.5 * near).square().mean() / 0.1**2
    torch.testing.assert_close(loss, expected)
