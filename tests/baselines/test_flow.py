from __future__ import annotations

import pytest
import torch
from point import POINT

from ilbench.baselines.flow import Flow, FlowConfig
from ilbench.baselines.learner import Batch, InvalidConfigError

STATE = {"state": torch.zeros(6, 1, 1)}


class Constant(Flow):
    """A flow whose directions are known: 0.25 everywhere."""

    def direction(self, chunk, time, features):
        return torch.full_like(chunk, 0.25)


@pytest.mark.parametrize("steps", [1, 5, 20])
def test_steps_along_a_constant_direction_end_one_direction_further(steps):
    learner = Constant(POINT, FlowConfig(chunk=2, execute=1, times=100, euler_steps=steps))
    noise = torch.linspace(-1.5, 0.5, 12).view(6, 2)
    expected = (noise + 0.25).clamp(-1, 1)
    torch.testing.assert_close(learner.chunks(noise, STATE), expected)


def test_the_loss_of_a_known_direction_is_its_distance_from_the_true_one():
    learner = Constant(POINT, FlowConfig(chunk=2, execute=1))
    actions = torch.zeros(6, 2, 1)  # in the middle of the untrained range: 0 when scaled
    generator = torch.Generator().manual_seed(3)
    loss = learner.loss(Batch(STATE, actions, torch.ones(6, 2) > 0), generator)
    again = torch.Generator().manual_seed(3)
    torch.randint(100, (6,), generator=again)
    noise = torch.randn((6, 2), generator=again)
    torch.testing.assert_close(loss, (0.25 + noise).square().mean())


def test_times_that_steps_do_not_divide_are_refused():
    with pytest.raises(InvalidConfigError, match="multiple of euler_steps, found 100 and 7"):
        FlowConfig(euler_steps=7)
