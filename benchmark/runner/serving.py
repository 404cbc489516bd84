"""A submission as a server offers it: what clients are told, and the processes in which its policies live."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from ilbench.arithmetic import wanted_arithmetic
from ilbench.contract.policy_spec import PolicySpec
from ilbench.contract.task import Task, installed_version
from ilbench.errors import UsageError
from ilbench.guest.network.greeting import Address
from ilbench.guest.network.listening import Server
from ilbench.guest.network.relay import Offer, ServedPolicy
from ilbench.runner.hosts.guest import load_message
from ilbench.runner.hosts.guest_process import start_process
from ilbench.runner.submissions.remote import Told
from ilbench.runner.submissions.submission import Submission
from ilbench.runner.wires.openpi_server import OpenpiServer


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
        server=dict(server_versions()),
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


class Serving(Protocol):
    """A server that listens."""

    @property
    def address(self) -> Address:
        """Where."""

    def serve(self) -> None:
        """Answers until `stop` is called."""

    def stop(self) -> None:
        """Has `serve` return."""


def make_server(
    submission: Submission,
    address: Address,
    tasks: Sequence[Task],
    wire: str,
    *,
    token: str = "",
    certificate: tuple[str, str] | None = None,
    num_connections: int = 1,
) -> Serving:
    """Returns a server that listens, for clients of ours or of openpi.

    Args:
        submission: What is served.
        address: Where to listen.
        tasks: What it can be asked for; for openpi's wire a single one.
        wire: ``ilbench`` or ``openpi``.
        token: What a client has to know.
        certificate: Files of certificate and key, for TLS.
        num_connections: How many policies are loaded at a time, on our wire.

    Raises:
        UsageError: The submission cannot be served, or there is no such wire.
        OSError: It cannot listen there, or the certificate cannot be loaded.
    """
    offer = make_offer(submission, token=token, num_connections=num_connections)
    if wire == "ilbench":
        return Server(address, offer, certificate)
    if wire != "openpi":
        raise UsageError(f"there is no server of the wire {wire!r}; expected 'ilbench' or 'openpi'")
    info, task = submission.info, tasks[0]
    metadata = {"name": info.name, "digest": info.digest, "task": task.id, **server_versions()}
    spec = submission.policies[task.id]
    return OpenpiServer(address, spec, task, metadata, token=token, certificate=certificate)


def server_versions() -> Mapping[str, str]:
    """Returns what a server says of its software."""
    packages = {name: installed_version(name) for name in ("ilbench", "numpy", "torch")}
    return {"python": platform.python_version(), **{k: v for k, v in packages.items() if v}}


def _arithmetic(specs: Mapping[str, PolicySpec]) -> Any:
    found = {spec.arithmetic or wanted_arithmetic() for spec in specs.values()}
    return "fixed" if found == {"fixed"} else "native"
