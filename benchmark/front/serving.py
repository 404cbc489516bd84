"""Serve a policy to runs on other machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ilbench.errors import ILBenchError, UsageError

if TYPE_CHECKING:
    from ilbench.contract.task import Task
    from ilbench.guest.network.greeting import Address
    from ilbench.runner.serving import Serving


class CannotListenError(ILBenchError):
    """An address where no server can listen, or a certificate that cannot be used."""


@contextmanager
def serve(
    policy: str | Path,
    listen: str = "127.0.0.1:0",
    *,
    wire: str = "ilbench",
    tasks: Iterable[Task | str] = (),
    token_file: str | Path | None = None,
    certificate: tuple[str | Path, str | Path] | None = None,
    connections: int = 1,
    insecure: bool = False,
    training_seed: int = 0,
    checkpoints: str | Path = "checkpoints",
) -> Iterator[Serving]:
    """Yields a server that listens; its `serve` answers until its `stop` is called.

    Every connection is one worker of a run, and has a policy in a process of its own.

    Args:
        policy: The submission: a folder, an import string or the name of a baseline.
        listen: ``HOST:PORT``; port 0 for one that is free, see the server's `address`.
        wire: ``ilbench``, or ``openpi`` for clients of openpi, which play one task.
        tasks: What it can be asked for; if not given, whatever the submission names, or every task.
        token_file: File with what clients have to know; if not given, the content of ``ILBENCH_TOKEN``.
        certificate: Files of certificate and key, for TLS.
        connections: How many policies are loaded at a time.
        insecure: Serve other machines without token or without TLS.
        training_seed: Which training of a baseline.
        checkpoints: Where the baselines' checkpoints are.

    Raises:
        UsageError: The address is none, or one that other machines reach, without token or TLS; or openpi's
            wire is to serve another number of tasks than one.
        CannotListenError: It cannot listen there, or the certificate cannot be used.
        InvalidSubmissionError: The submission cannot be loaded.
    """
    from ilbench.runner.serving import make_server
    from ilbench.runner.submissions.access import read_token
    from ilbench.runner.submissions.loaders import submission_of

    address = _checked(listen)
    token = read_token(None if token_file is None else Path(token_file))
    if not (address.is_loopback or insecure or (token and certificate)):
        raise UsageError(
            f"{address} can be reached from other machines: name a token (--token-file) and a certificate "
            "(--tls-cert, --tls-key), or say --insecure"
        )
    files = None if certificate is None else (str(certificate[0]), str(certificate[1]))
    offered = _offered(policy, tasks)
    if wire == "openpi" and len(offered) != 1:
        raise UsageError(f"openpi's wire serves one task, found {len(offered)}; name it with --task")
    with submission_of(policy, offered, checkpoints=checkpoints, training_seed=training_seed) as submission:
        try:
            server = make_server(
                submission,
                address,
                offered,
                wire,
                token=token,
                certificate=files,
                num_connections=connections,
            )
        except OSError as error:
            raise CannotListenError(f"cannot listen at {address}: {error.strerror or error}") from error
        yield server


def _checked(listen: str) -> Address:
    from ilbench.guest.network.greeting import Address

    try:
        return Address.parse(listen)
    except ValueError as error:
        raise UsageError(f"where to listen: {error}") from error


def _offered(policy: str | Path, tasks: Iterable[Task | str]) -> list[Task]:
    """Returns the tasks that a server can be asked for."""
    from ilbench.contract.registry import find_task, load_registry
    from ilbench.contract.task import Task
    from ilbench.runner.submissions.submission_file import FILE, read_submission_file

    named = list(tasks)
    if not named and (Path(policy) / FILE).is_file():
        named = list(read_submission_file(Path(policy))[0].tasks)
    found = [one if isinstance(one, Task) else find_task(one) for one in named]
    return found or list(load_registry().values())
