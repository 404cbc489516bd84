from __future__ import annotations

import math

import numpy as np
import torch
from point import POINT

from ilbench.baselines.chunks import ChunkConfig
from ilbench.baselines.ibc import EnergyBased, EnergyConfig
from ilbench.baselines.learner import Batch


class Bowl(EnergyBased):
    """The energy of an action is steep around 0.3."""

    def energies(self, actions, features):
        return 400 * (actions - 0.3).square().sum(dim=2)


class Flat(EnergyBased):
    def energies(self, actions, features):
        return torch.zeros(actions.shape[:2])


def test_the_search_ends_at_the_least_energy():
    learner = Bowl(POINT, EnergyConfig())
    rng = np.random.default_rng(0)
    normals = rng.standard_normal((20, learner.num_normals), np.float32)
    noise = np.concatenate([normals, rng.gumbel(size=(20, learner.num_choices))], axis=1, dtype=np.float32)
    found = learner.chunks(torch.from_numpy(noise), {"state": torch.zeros(20, 1, 1)})
    assert (found - 0.3).abs().max() < 0.02


def test_energies_that_tell_nothing_apart_have_the_loss_of_a_guess():
    learner = Flat(POINT, EnergyConfig(counter_examples=7))
    batch = Batch({"state": torch.zeros(4, 1, 1)}, torch.zeros(4, 1, 1), torch.ones(4, 1) > 0)
    loss = learner.loss(batch, torch.Generator())
    assert math.isclose(loss.item(), math.log(8), rel_tol=1e-6)


def test_its_network_is_that_of_the_chunks():
    found, shared = EnergyConfig.for_task(POINT), ChunkConfig.for_task(POINT)
    assert (found.width, found.blocks, found.trunk) == (shared.width, shared.blocks, shared.trunk)
    assert (found.chunk, found.execute) == (1, 1)
