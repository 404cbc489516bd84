from __future__ import annotations

import numpy as np

from ilbench.checks.returns_figure import returns_figure


def test_a_line_says_what_share_of_episodes_has_at_least_a_return():
    (axes,) = returns_figure({"people": [0.9, 0.5, 0.7, 0.9]}).axes
    x, y = axes.lines[0].get_data()
    np.testing.assert_allclose(x, [0.5, 0.7, 0.9, 0.9, 0.9])
    np.testing.assert_allclose(y, [1.0, 0.75, 0.5, 0.25, 0.0])


def test_every_name_has_its_number_of_episodes_and_its_mean():
    (axes,) = returns_figure({"people": [0.8, 1.0], "bc-mlp": [0.1]}).axes
    shown = [text.get_text() for text in axes.get_legend().get_texts()]
    assert shown == ["people: 2 episodes, mean 0.90", "bc-mlp: 1 episodes, mean 0.10"]
