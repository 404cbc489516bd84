from __future__ import annotations

import numpy as np
import pytest

from ilbench.tasks.delay_line import DelayLine


@pytest.mark.parametrize("delay", [0, 1, 3])
def test_delayed_actions_come_out_in_order_after_rest(delay):
    line = DelayLine(0, delay)
    assert [line(action) for action in range(1, 7)] == [0] * delay + list(range(1, 7 - delay))


def test_what_waits_is_a_copy():
    line = DelayLine(np.zeros(2), 1)
    action = np.ones(2)
    line(action)
    action[:] = 5.0
    assert line(action).tolist() == [1.0, 1.0]
