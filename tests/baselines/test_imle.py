from __future__ import annotations

import torch
from point import POINT

from ilbench.baselines.imle import ImplicitLikelihood, ImplicitLikelihoodConfig
from ilbench.baselines.learner import Batch

STATE = {"state": torch.zeros(6, 1, 1)}


class Same(ImplicitLikelihood):
    """A noise is its own chunk."""

    def made(self, latent, features):
        return latent


def test_only_the_nearest_of_the_candidates_is_drawn_to_the_demonstration():
    learner = Same(POINT, ImplicitLikelihoodConfig(chunk=2, execute=1, latent=2, candidates=5))
    actions = torch.rand(6, 2, 1)
    loss = learner.loss(Batch(STATE, actions, torch.ones(6, 2) > 0), torch.Generator().manual_seed(4))
    made = torch.randn((6, 5, 2), generator=torch.Generator().manual_seed(4))
    distances = (made - actions.view(6, 1, 2)).square().mean(dim=2)
    torch.testing.assert_close(loss, distances.amin(dim=1).mean())


def test_what_lies_outside_the_mask_does_not_choose():
    learner = Same(POINT, ImplicitLikelihoodConfig(chunk=2, execute=1, latent=2, candidates=5))
    mask = torch.tensor([[True, False]] * 6)
    losses = [
        learner.loss(Batch(STATE, torch.tensor([[[0.1], [x]]] * 6), mask), torch.Generator().manual_seed(4))
        for x in (-0.9, 0.9)
    ]
    assert losses[0] == losses[1]
