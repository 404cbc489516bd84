from __future__ import annotations

import math

import torch
from point import POINT

from ilbench.baselines.bc_gmm import MixtureCloning, MixtureConfig
from ilbench.baselines.learner import Batch

STATE = {"state": torch.zeros(3, 1, 1)}


class Known(MixtureCloning):
    """Two components at -0.5 and 0.5, of deviation 0.1, chosen one to three."""

    def mixture(self, observations):
        means = torch.tensor([-0.5, 0.5]).view(1, 2, 1).expand(3, 2, self.chunk_size)
        logits = torch.tensor([0.0, math.log(3)]).expand(3, 2)
        return logits, means, torch.full_like(means, 0.1)


def known(**sizes):
    return Known(POINT, MixtureConfig(components=2, chunk=2, execute=1, **sizes))


def test_the_loss_is_the_likelihood_of_the_mixture():
    actions = torch.full((3, 2, 1), 0.5)
    loss = known().loss(Batch(STATE, actions, torch.ones(3, 2) > 0), torch.Generator())
    at_mean = -math.log(0.1 * math.sqrt(2 * math.pi))
    near = math.log(0.75) + 2 * at_mean
    far = math.log(0.25) + 2 * (at_mean - 0.5 * (1.0 / 0.1) ** 2)
    torch.testing.assert_close(loss.item(), -(near + math.log1p(math.exp(far - near))) / 2)


def test_actions_outside_the_mask_do_not_count():
    mask = torch.tensor([[True, False]] * 3)
    losses = [
        known().loss(Batch(STATE, torch.tensor([[[0.5], [x]]] * 3), mask), torch.Generator())
        for x in (0.0, 0.9)
    ]
    assert losses[0] == losses[1]


def test_it_plays_the_mean_of_the_component_that_the_noise_chooses():
    noise = torch.tensor([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]])  # log 3 is 1.1
    played = known().chunks(noise, STATE)[:, 0]
    torch.testing.assert_close(played, torch.tensor([0.5, 0.5, -0.5]))
