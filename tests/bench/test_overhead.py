from __future__ import annotations

import subprocess
import sys
import time

import pytest

from ilbench.bench.overhead import IDLE, bare_pace, descendants_cpu_s, reset_ms, runner_pace
from ilbench.contract.policy_spec import PolicySpec
from ilbench.errors import UsageError

RANDOM = PolicySpec(load="ilbench.baselines.random_policy:RandomPolicy")


def test_the_bare_loop_plays_whole_episodes():
    pace = bare_pace(IDLE, 0.02)
    assert pace.num_steps % IDLE.horizon == 0
    assert pace.steps_per_s > 0


def test_a_reset_is_timed_without_the_steps_after_it():
    assert 0 < reset_ms(IDLE, 5) < 10


def test_the_runner_is_timed_over_the_episodes_asked_for():
    pace = runner_pace(IDLE, RANDOM, num_workers=1, num_lanes=4, num_steps=6000)
    assert pace.num_steps == 6000
    assert pace.cpu_us > 0


def test_processor_time_of_children_is_counted():
    burn = "import time; t = time.process_time()\nwhile time.process_time() - t < 0.3: pass\ninput()"
    before = descendants_cpu_s()
    with subprocess.Popen([sys.executable, "-c", burn], stdin=subprocess.PIPE) as process:
        deadline = time.monotonic() + 20
        while descendants_cpu_s() - before < 0.25 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert descendants_cpu_s() - before >= 0.25
        process.kill()


def test_a_system_that_does_not_tell_of_processes_is_refused_before_anything_is_played(monkeypatch, tmp_path):
    monkeypatch.setattr("ilbench.bench.overhead.PROC", tmp_path)
    with pytest.raises(UsageError, match="measure on Linux"):
        runner_pace(IDLE, RANDOM, num_workers=1, num_lanes=1, num_steps=10**9)
