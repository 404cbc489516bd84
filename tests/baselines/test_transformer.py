from __future__ import annotations

import dataclasses

import pytest
import torch
from point import POINT

from ilbench.baselines.bc_chunk import CloningTransformer, CloningTransformerConfig
from ilbench.baselines.chunks import ChunkConfig
from ilbench.baselines.diffusion import DiffusionTransformer, DiffusionTransformerConfig
from ilbench.baselines.layers import matrix_products
from ilbench.baselines.learner import Batch

SMALL = {"history": 3, "chunk": 4, "execute": 2, "width": 32, "blocks": 2}


def made(learner=CloningTransformer, config=CloningTransformerConfig, **changes):
    torch.manual_seed(0)
    return learner(POINT, config(**{**SMALL, **changes}))


@pytest.mark.parametrize("step", range(3))
def test_every_observation_of_the_history_has_a_part_in_what_it_does(step):
    learner = made().eval()
    seen = torch.zeros(2, 3, 1)
    seen[1, step] = 1.0
    first, second = learner.chunks(torch.zeros(2, 4), {"state": seen})
    assert not torch.equal(first, second)


def test_an_action_token_sees_the_other_actions_of_its_chunk():
    learner = made(DiffusionTransformer, DiffusionTransformerConfig).eval()
    noisy = torch.zeros(2, 4)
    noisy[1, 3] = 1.0
    features = learner.features({"state": torch.zeros(2, 3, 1)})
    velocity = learner.velocity(noisy, torch.zeros(2, dtype=torch.int64), features)
    assert not torch.equal(velocity[0, :1], velocity[1, :1])


def test_training_and_acting_compute_the_same_but_for_rounding():
    learner, seen = made(), {"state": torch.randn(5, 3, 1)}
    batch = Batch(seen, torch.zeros(5, 4, 1), torch.ones(5, 4) > 0)
    losses = [learner.train(training).loss(batch, torch.Generator()) for training in (True, False)]
    torch.testing.assert_close(*losses)


def test_statistics_are_those_of_one_observation():
    learner = made()
    values = torch.tensor([[9.0, 9.0, 1.0], [9.0, 9.0, 3.0]]).unsqueeze(2)
    learner.fit_statistics(Batch({"state": values}, torch.zeros(2, 4, 1), torch.ones(2, 4) > 0))
    encoded = learner.encoder({"state": torch.tensor([[[1.0]], [[3.0]]])})
    assert encoded[:, 0].tolist() == [-1.0, 1.0]


def test_products_of_matrices_and_their_gradients_are_torchs():
    first = torch.randn(2, 3, 4, 5, dtype=torch.float64, requires_grad=True)
    second = torch.randn(2, 3, 5, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(matrix_products, (first, second))
    assert torch.allclose(matrix_products(first, second), first @ second)


def test_its_defaults_look_back_and_act_as_far_as_those_of_the_mlp():
    config = DiffusionTransformerConfig.for_task(POINT)
    assert config.history == 5
    shared = {field.name for field in dataclasses.fields(config)} & {"chunk", "execute", "octaves"}
    mlp = ChunkConfig.for_task(POINT)
    assert all(getattr(config, name) == getattr(mlp, name) for name in shared)
