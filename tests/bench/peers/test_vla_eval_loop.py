from __future__ import annotations

import peers
import pytest

from ilbench.bench.wires import peer_pace


@pytest.mark.parametrize("workload", ["numbers", "images"])
def test_vla_evals_own_loop_is_timed(workload):
    pace = peer_pace("vla-eval's own loop", peers.interpreter("vlaeval"), workload, 2, 20)
    assert pace.num_steps == 40
    assert pace.steps_per_s > 0
    assert pace.cpu_us > 0
