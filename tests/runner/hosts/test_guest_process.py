"""Policy processes: how they are started, and how they and all that they start are ended."""

from __future__ import annotations

import os
import time
from pathlib import Path

import psutil
import pytest

from ilbench.contract.limits import Limits
from ilbench.errors import InvalidSubmissionError
from ilbench.offspring import MARK
from ilbench.runner.faults import PolicyFault
from ilbench.runner.hosts.guest import GuestHost
from ilbench.runner.hosts.guest_process import start_process


@pytest.fixture
def host_of(spec, task):
    """Returns a function from a policy of tests/guests/hostile.py to a host of it."""
    hosts = []

    def make(policy, **how):
        one = spec(policy, module="hostile", **how)
        hosts.append(GuestHost(start_process(one), one, task, 1, 5.0, 30.0))
        return hosts[-1]

    yield make
    for host in hosts:
        host.close()


def acted(host, seed=3, steps=4):
    host.reset(0, seed=seed)
    return [host.act([0]).faults for _ in range(steps)]


def test_a_closed_guest_leaves_neither_process_nor_descriptor_nor_folder(host_of):
    before = len(list(Path("/dev/fd").iterdir()))
    host = host_of("Calm")
    guest = host._guest
    assert Path(guest._folder).is_dir()
    host.close()
    del host._arrays, host.observations  # and with them the map
    assert not psutil.pid_exists(guest._process.pid)
    assert not Path(guest._folder).exists()
    assert len(list(Path("/dev/fd").iterdir())) == before
    host.close()


def test_without_memory_files_a_temporary_file_serves(monkeypatch, host_of):
    monkeypatch.delattr("os.memfd_create", raising=False)
    assert acted(host_of("Calm")) == [{}] * 4


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="only Linux can seal memory")
def test_nobody_can_cut_off_the_memory_that_is_shared(host_of):
    assert acted(host_of("Shrinks")) == [{}] * 4


@pytest.mark.parametrize(
    ("policy", "how"),
    [("Leaves", "exit code 3"), ("LeavesAChild", "exit code 5"), ("ClosesAll", "it closed its channel")],
)
def test_an_end_is_told_whoever_still_holds_the_pipes(host_of, policy, how):
    start = time.monotonic()
    with pytest.raises(PolicyFault, match=how):
        acted(host_of(policy))
    assert time.monotonic() - start < 4.5  # no timeout


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="only Linux tells of other processes")
def test_what_a_policy_started_ends_with_it(monkeypatch, tmp_path, host_of):
    monkeypatch.setenv(MARK, "/worker")
    file = tmp_path / "pids"
    host = host_of("Family", arguments={"file": str(file)})
    time.sleep(0.1)
    started = [int(line) for line in file.read_text().split()]
    assert len(started) == 2
    host.close()
    assert not [p for p in started if psutil.pid_exists(p) and psutil.Process(p).status() != "zombie"]


def test_a_policy_answers_the_same_in_a_sandbox(bwrap, host_of):
    answers = []
    for sandbox in ("none", "bwrap"):
        host = host_of("Calm", sandbox=sandbox)
        host.reset(0, seed=4)
        answers.append([host.act([0]).values.tobytes() for _ in range(5)])
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("policy", "how"),
    [
        ("Leaves", "exit code 3"),
        ("KillsItself", "killed by signal 9"),
    ],
)
def test_an_end_in_a_sandbox_is_told_like_one_outside(bwrap, host_of, policy, how):
    for sandbox in ("none", "bwrap"):
        with pytest.raises(PolicyFault, match=how):
            acted(host_of(policy, sandbox=sandbox))


def test_a_policy_that_takes_too_much_is_ended_and_the_limit_named(bwrap, host_of):
    with pytest.raises(PolicyFault, match=r"it used more than 0.2 GiB of memory, the limit in its sandbox"):
        acted(host_of("Greedy", sandbox="bwrap", limits=Limits(memory_gib=0.2)))


def test_a_closed_sandbox_leaves_neither_process_nor_descriptor(bwrap, host_of):
    before = len(list(Path("/dev/fd").iterdir()))
    host = host_of("Calm", sandbox="bwrap")
    family = psutil.Process(host._guest._process.pid).children(recursive=True)
    host.close()
    del host._arrays, host.observations
    assert len(family) >= 2
    assert not [one for one in family if one.is_running() and one.status() != "zombie"]
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_an_interpreter_that_is_not_there_is_named(host_of):
    with pytest.raises(InvalidSubmissionError, match="the policy's interpreter /no/python: No such"):
        host_of("Calm", python="/no/python")
