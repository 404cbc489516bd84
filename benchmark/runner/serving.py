"""A submission as a server offers it: what clients are told, and the processes in which its policies live."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from functools import partial
from typing import Any

from ilbench.arithmetic import wanted_arithmetic
from ilbench.contract.policy_spec import PolicySpec
from ilbench.contract.task import installed_version
from ilbench.errors import UsageError
from ilbench.guest.network.relay import Offer, ServedPolicy
from ilbench.runner.hosts.guest import load_message
from ilbench.runner.hosts.guest_process import start_process
from ilbench.runner.submissions.remote import Told
from ilbench.runner.submissions.submission import Submission


def make_offer(submission: Submission, *, token: str = "", num_connections: int = 1) -> Offer:
    """Returns what a server offers of a submission.

    Every connection has a policy in a process of its own, started as that of the place ``process``.

    Args:
        submission: What is served, resolved for its tasks.
        token: What a client has to know.
        num_connections: How many policies are loaded at a time.

    Raises:
        UsageError: It is a task's expert, which looks into the simulator.
    """
    specs = submission.policies
    if any(spec.privileged for spec in specs.values()):
        raise UsageError("an expert looks into the simulator, which is not there on a server: name a policy")
    if any(spec.remote for spec in specs.values()):
        raise UsageError("the submission is behind a server already: connect to that one")
    told = Told(
        info=submission.info,
        width=next(iter(specs.values())).width,
        tasks=tuple(specs),
        packages=dict(submission.packages),
        training=dict(submission.training),
        arithmetic=_arithmetic(specs),
        server=server_versions(),
        connections=num_connections,
    )
    return Offer(
        told={**told.model_dump(mode="json"), "digest": submission.info.digest},
        policies={
            task: ServedPolicy(load_message(spec), partial(start_process, spec))
            for task, spec in specs.items()
        },
        token=token,
        num_connections=num_connections,
    )


def server_versions() -> Mapping[str, str]:
    """Returns what a server says of its software."""
    packages = {name: installed_version(name) for name in ("ilbench", "numpy", "torch")}
    return {"python": platform.python_version(), **{k: v for k, v in packages.items() if v}}


def _arithmetic(specs: Mapping[str, PolicySpec]) -> Any:
    found = {spec.arithmetic or wanted_arithmetic() for spec in specs.values()}
    return "fixed" if found == {"fixed"} else "native"
