from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ilbench.bench.wires import peer_pace


@pytest.mark.parametrize("workload", ["numbers", "images"])
def test_openpis_own_loop_is_timed(workload):
    pace = peer_pace("openpi's own loop", Path(sys.executable), workload, 2, 20)
    assert pace.num_steps == 40
    assert pace.steps_per_s > 0
    assert pace.cpu_us > 0
