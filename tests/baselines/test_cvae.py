from __future__ import annotations

import torch
from point import POINT

from ilbench.baselines.cvae import LatentConfig, LatentVariable
from ilbench.baselines.learner import Batch

STATE = {"state": torch.zeros(4, 1, 1)}


class Known(LatentVariable):
    """Decodes a latent into itself."""

    def decoded(self, latent, features):
        return latent


def known(**sizes):
    return Known(POINT, LatentConfig(chunk=2, execute=1, latent=2, **sizes))


def set_posterior(learner, mean, log_variance):
    last = learner.recognize[-1]
    torch.nn.init.zeros_(last.weight)
    last.bias.data.copy_(torch.tensor([mean] * 2 + [log_variance] * 2))


def test_a_posterior_like_the_prior_costs_nothing():
    learner = known(divergence_weight=1.0)
    set_posterior(learner, 0.0, 0.0)
    batch = Batch(STATE, torch.zeros(4, 2, 1), torch.ones(4, 2) > 0)
    loss = learner.loss(batch, torch.Generator().manual_seed(2))
    noise = torch.randn((4, 2), generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(loss, noise.square().mean())


def test_the_divergence_is_that_of_two_gaussians():
    learner = known(divergence_weight=1.0)
    set_posterior(learner, 0.3, -40.0)
    batch = Batch(STATE, torch.full((4, 2, 1), 0.3), torch.ones(4, 2) > 0)
    loss = learner.loss(batch, torch.Generator())
    torch.testing.assert_close(loss, torch.tensor(2 * 0.5 * (0.3**2 - 1 + 40.0)))


def test_the_noise_of_acting_is_the_latent():
    learner = known()
    noise = torch.tensor([[0.1, -0.2]] * 4)
    assert learner.num_normals == 2
    assert learner.chunks(noise, STATE).equal(noise)
