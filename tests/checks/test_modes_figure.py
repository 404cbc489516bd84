from __future__ import annotations

import numpy as np

from ilbench.checks.modes_figure import modes_figure, shares_of
from ilbench.testing.toys import HARBOR

NUM_MODES = len(HARBOR.modes)


def test_shares_are_of_all_episodes_also_of_those_without_a_mode():
    np.testing.assert_allclose(shares_of([0, 1, 1, None], 3), [0.25, 0.5, 0.0])
    np.testing.assert_allclose(shares_of([], 2), [0.0, 0.0])


def test_each_name_has_a_bar_for_each_mode_as_high_as_its_share():
    shares = {"people": np.linspace(0.1, 0.4, NUM_MODES), "diffusion": np.linspace(0.3, 0.0, NUM_MODES)}
    (axes,) = modes_figure(HARBOR, shares).axes
    assert [text.get_text() for text in axes.get_legend().get_texts()] == list(shares)
    for bars, values in zip(axes.containers, shares.values(), strict=True):
        np.testing.assert_allclose([bar.get_height() for bar in bars], values)
