"""Which host serves which place."""

from __future__ import annotations

from ilbench.contract.policy_spec import PolicySpec
from ilbench.contract.task import Task
from ilbench.runner.hosts.expert import ExpertHost
from ilbench.runner.hosts.foreign import ForeignHost
from ilbench.runner.hosts.guest import GuestHost
from ilbench.runner.hosts.guest_process import start_process
from ilbench.runner.hosts.host import Host
from ilbench.runner.hosts.inline import load_inline
from ilbench.runner.hosts.remote import RemoteGuest


def make_host(spec: PolicySpec, task: Task, num_lanes: int, timeout_s: float, load_timeout_s: float) -> Host:
    """Returns a host with a freshly loaded policy.

    Args:
        spec: The policy.
        task: The task that it will play.
        num_lanes: How many lanes are ever live.
        timeout_s: How long one call may take outside; inline, the scheduler watches.
        load_timeout_s: How long it may take to load outside.

    Raises:
        InvalidSubmissionError: The policy cannot be loaded; the message holds the policy's own error.
        ConnectionLostError: Its server cannot be reached.
    """
    if spec.privileged:
        return ExpertHost(task, spec.width, num_lanes)
    if spec.remote is not None and spec.remote.wire != "ilbench":
        return ForeignHost(spec, spec.remote, task, num_lanes, timeout_s)
    if spec.remote is not None:
        return GuestHost(RemoteGuest(spec.remote), spec, task, num_lanes, timeout_s, load_timeout_s)
    if spec.place == "process":
        return GuestHost(start_process(spec), spec, task, num_lanes, timeout_s, load_timeout_s)
    return load_inline(spec, task, num_lanes)
