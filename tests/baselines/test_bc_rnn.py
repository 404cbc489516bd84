from __future__ import annotations

import pytest
import torch
from point import POINT
from torch import nn

from ilbench.baselines.bc_rnn import RecurrentCloning, RecurrentConfig


def made():
    torch.manual_seed(0)
    return RecurrentCloning(POINT, RecurrentConfig(history=4, width=16))


@pytest.mark.parametrize("step", range(4))
def test_every_observation_of_the_history_has_a_part_in_what_it_does(step):
    seen = torch.zeros(2, 4, 1)
    seen[1, step] = 1.0
    _, means, _ = made().eval().mixture({"state": seen})
    assert not torch.equal(means[0], means[1])


def test_its_steps_are_those_of_torchs_lstm():
    learner, other = made().eval(), nn.LSTMCell(16, 16)
    forget, enter, show, new = (gate.detach() for gate in learner.gates.weight.chunk(4))
    order = torch.cat([enter, forget, new, show])  # as torch has them
    bias = [part.detach() for part in learner.gates.bias.chunk(4)]
    other.weight_ih.data, other.weight_hh.data = order[:, :16].clone(), order[:, 16:].clone()
    other.bias_ih.data = torch.cat([bias[1], bias[0], bias[3], bias[2]])
    nn.init.zeros_(other.bias_hh)
    features = learner.features({"state": torch.randn(3, 4, 1)})
    state = (torch.zeros(3, 16), torch.zeros(3, 16))
    for token in features.view(3, 4, 16).unbind(1):
        state = other(token, state)
    torch.testing.assert_close(learner(torch.zeros(3, 1), features), learner.leave(state[0]))


def test_its_network_reads_ten_observations_and_plays_one_action():
    config = RecurrentConfig.for_task(POINT)
    assert (config.history, config.chunk, config.execute) == (10, 1, 1)
