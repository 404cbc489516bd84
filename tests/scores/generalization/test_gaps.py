import pytest
from made_up import outcomes

from ilbench.scores import generalization_gap


def test_gap_has_newcombes_published_interval():
    gap = generalization_gap(outcomes(56, 70, split="train"), outcomes(48, 80))
    assert gap.value == pytest.approx(0.2)
    assert (gap.low, gap.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert gap.n == 150
