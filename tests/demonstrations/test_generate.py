"""Generation: the same demonstrations whatever the number of workers, and none where something breaks."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ilbench.contract.fields import Field
from ilbench.demonstrations import DemonstrationError, ensure_demonstrations
from ilbench.runs.identity import EpisodeId

INTERRUPTED = """
import sys
from dataclasses import replace
from pathlib import Path
from ilbench.demonstrations import ensure_demonstrations
from ilbench_toys import TASK
if __name__ == "__main__":
    task = replace(TASK, expert="ilbench_toys.shore:SlowSwimmer")
    ensure_demonstrations(task, cache=Path(sys.argv[1]), workers=2)
"""
THOUGHT = (
    Field(name="distance", shape=(), unit="m"),
    Field(name="strokes", shape=(2,), dtype="int64"),
    Field(name="goal", shape=(24,), dtype="uint8"),
)


def demonstrated_by(task, expert):
    return replace(task, expert=f"ilbench_toys.shore:{expert}")


def made(task, cache, **options):
    return ensure_demonstrations(task, cache=cache, **{"workers": 1, **options})


def thinking(task, procedure=THOUGHT):
    plan = replace(task.demonstrations, procedure=procedure)
    return replace(demonstrated_by(task, "ThinkingSwimmer"), demonstrations=plan)


def test_the_checksum_does_not_depend_on_the_number_of_workers(task, tmp_path):
    alone = made(task, tmp_path / "1", workers=1)
    together = made(task, tmp_path / "2", workers=2)
    assert alone.checksum == together.checksum


def test_demonstrations_all_succeed_and_show_each_mode_equally_often(task, tmp_path):
    demonstrations = made(task, tmp_path)
    assert demonstrations.mode_counts == {0: 4, 1: 4}
    assert all(t.success for t in demonstrations.trajectories)


def test_progress_is_told_after_each_demonstration(task, tmp_path):
    calls = []
    made(task, tmp_path, count=3, progress=lambda *call: calls.append(call))
    assert calls == [(1, 3), (2, 3), (3, 3)]


def test_a_failed_attempt_is_repeated_with_the_next_seed_and_counted(task, tmp_path):
    demonstrations = made(demonstrated_by(task, "TiredSwimmer"), tmp_path)
    retries = [t.num_retries for t in demonstrations.trajectories]
    assert demonstrations.metadata["num_retries"] == sum(retries) > 0
    for index, t in enumerate(demonstrations.trajectories):
        attempt = f" attempt {t.num_retries}" if t.num_retries else ""
        identity = EpisodeId(task.id, "train", t.context, index)
        assert t.seed == identity.seed(f"demonstration{attempt}")


@pytest.mark.parametrize("workers", [1, 2])
def test_an_expert_that_always_fails_is_an_error_that_names_the_start(task, tmp_path, workers):
    with pytest.raises(
        DemonstrationError, match=r"demonstration 1 of toys/shore-v1 \(train context 1, mode 1\)"
    ):
        made(demonstrated_by(task, "ObstinateSwimmer"), tmp_path, workers=workers)
    assert not list(tmp_path.rglob("data"))


def test_a_worker_that_dies_is_an_error_and_not_a_wait(task, tmp_path):
    with pytest.raises(DemonstrationError, match="exit code -9"):
        made(demonstrated_by(task, "DrowningSwimmer"), tmp_path, workers=2)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interruption_leaves_neither_data_nor_processes(task, tmp_path, monkeypatch, number):
    pids, cache = tmp_path / "pids", tmp_path / "cache"
    pids.mkdir()
    monkeypatch.setenv("TOY_PIDS", str(pids))
    script = tmp_path / "script.py"
    script.write_text(INTERRUPTED)
    parent = subprocess.Popen([sys.executable, script, cache], stderr=subprocess.DEVNULL)
    wait_until(lambda: len(list(pids.iterdir())) == 2)
    parent.send_signal(number)
    assert parent.wait(10) != 0
    wait_until(lambda: not any(is_running(int(pid.name)) for pid in pids.iterdir()))
    assert not list(cache.rglob("*.hdf5"))


def wait_until(condition, timeout_s=30):
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def is_running(pid):
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    return False


def test_only_the_modes_asked_for_are_shown(task, tmp_path):
    assert made(task, tmp_path, modes=[1], count=3).mode_counts == {1: 3}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_fixed_number_of_transitions_is_kept_to_the_step(task, tmp_path, workers):
    calls = []
    budget = made(task, tmp_path, transitions=50, workers=workers, progress=lambda *call: calls.append(call))
    whole = made(task, tmp_path).trajectories
    *full, last = budget.trajectories
    assert budget.num_steps == 50
    assert [t.digest() for t in full] == [t.digest() for t in whole[: len(full)]]
    assert np.array_equal(last.actions, whole[len(full)].actions[: len(last)])
    assert (last.success, last.terminated, last.mode) == (False, False, None)
    assert calls[-1] == (50, 50)


def test_a_procedure_changes_the_checksum_and_nothing_else(task, tmp_path):
    with_it, without = made(thinking(task), tmp_path / "1"), made(task, tmp_path / "2")
    assert with_it.checksum != without.checksum
    bare = [replace(t, procedure={}).digest() for t in with_it.trajectories]
    assert bare == [t.digest() for t in without.trajectories]


def test_an_expert_that_keeps_its_procedure_to_itself_records_none(task, tmp_path):
    silent = replace(thinking(task), expert="ilbench_toys.shore:Swimmer")
    assert made(silent, tmp_path).trajectories[0].procedure == {}


@pytest.mark.parametrize(
    "fields", [THOUGHT[:2], (*THOUGHT[:2], replace(THOUGHT[2], shape=(9,))), (THOUGHT[1],)]
)
def test_a_procedure_unlike_the_declared_one_is_an_error_that_shows_both(task, tmp_path, fields):
    with pytest.raises(DemonstrationError, match=r"InvalidProcedureError: procedure of .*found .*declared"):
        made(thinking(task, fields), tmp_path)
