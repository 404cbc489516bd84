from __future__ import annotations

import torch
from point import POINT

from ilbench.baselines.consistency import ConsistencyConfig, ConsistencyTraining
from ilbench.baselines.learner import Batch

STATE = {"state": torch.zeros(5, 1, 1)}


def untrained(**changes):
    return ConsistencyTraining(POINT, ConsistencyConfig(chunk=2, execute=1, **changes))


def test_at_the_smallest_noise_it_returns_what_it_sees_whatever_the_weights():
    learner, noisy = untrained(), torch.randn(5, 2)
    found = learner.clean(noisy, torch.full((5, 1), 0.01), learner.features(STATE))
    torch.testing.assert_close(found, noisy)


def test_a_function_that_is_the_same_everywhere_has_no_loss():
    class Same(ConsistencyTraining):
        def clean(self, noisy, noise, features):
            return torch.full_like(noisy, 0.3)

    learner = Same(POINT, ConsistencyConfig(chunk=2, execute=1))
    batch = Batch(STATE, torch.zeros(5, 2, 1), torch.ones(5, 2) > 0)
    assert learner.loss(batch, torch.Generator()).item() < 1e-6


def test_levels_double_over_the_training_and_validation_does_not_count():
    learner = untrained(steps=4, fewest_levels=10, most_levels=40)
    batch, counts = Batch(STATE, torch.zeros(5, 2, 1), torch.ones(5, 2) > 0), []
    for training in (True, False, True, True, True):
        counts.append(len(learner._levels()))
        learner.train(training).loss(batch, torch.Generator())
    assert counts == [10, 10, 10, 20, 40]


def test_drawn_levels_have_one_above_them():
    learner = untrained()
    levels = learner._levels()
    drawn = learner._drawn(levels, 5000, torch.Generator().manual_seed(0))
    assert drawn.min() >= 0
    assert drawn.max() <= len(levels) - 2
