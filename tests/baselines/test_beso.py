from __future__ import annotations

import pytest
import torch
from point import POINT

from ilbench.baselines.beso import ScoreConfig, ScoreDenoising, karras_levels, log_logistic

STATE = {"state": torch.zeros(5, 1, 1)}


class Gaussian(ScoreDenoising):
    """The best denoiser of data that are normal around 0.2 with deviation 0.05."""

    def denoised(self, noisy, noise, features):
        share = 0.05**2 / (0.05**2 + noise**2)
        return 0.2 + share * (noisy - 0.2)


def test_levels_fall_from_the_largest_to_the_smallest_as_in_the_paper():
    levels = karras_levels(0.002, 80, 18)
    assert levels[0] == pytest.approx(80)
    assert levels[-1] == pytest.approx(0.002)
    middle = (80 ** (1 / 7) + 9 / 17 * (0.002 ** (1 / 7) - 80 ** (1 / 7))) ** 7
    assert levels[9] == pytest.approx(middle)


def test_the_path_of_a_known_denoiser_leads_into_the_data():
    learner = Gaussian(POINT, ScoreConfig(chunk=1, execute=1, denoising_steps=200))
    ends = learner.chunks(torch.tensor([[-2.0], [-1.0], [0.0], [1.0], [2.0]]), STATE).flatten()
    # the exact path keeps a noise's quantile: 0.2 + 0.05 z, but for the start's own mean of 0
    torch.testing.assert_close(ends, 0.2 + 0.05 * torch.arange(-2.0, 3.0), atol=0.01, rtol=0)


def test_drawn_levels_lie_between_the_bounds_and_half_of_them_below_the_datas_deviation():
    levels = log_logistic(4000, 1e-4, 1e4, torch.Generator().manual_seed(0))
    assert levels.min() >= 1e-4
    assert levels.max() <= 1e4
    # 4000 draws at one half: standard deviation 0.008
    assert abs((levels < 0.5).float().mean().item() - 0.5) < 0.04


def test_at_no_noise_the_denoiser_returns_what_it_sees():
    learner = ScoreDenoising(POINT, ScoreConfig(chunk=2, execute=1))
    noisy = torch.rand(5, 2)
    found = learner.denoised(noisy, torch.full((5, 1), 1e-5), learner.features(STATE))
    torch.testing.assert_close(found, noisy, atol=1e-4, rtol=0)
