"""Submissions behind a server: what it says that it serves is the submission of the run.

A run of ``remote:HOST:PORT`` has the header of a run of the submission itself, as served: name, digest,
training. Only `ilbench.runs.folder.RunHeader.served` says that it lived elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ilbench.arithmetic import Arithmetic
from ilbench.contract.baseline import TrainedOn
from ilbench.contract.policy import MAX_WIDTH
from ilbench.contract.policy_spec import PolicySpec, RemoteServer
from ilbench.contract.task import Task
from ilbench.errors import InvalidSubmissionError
from ilbench.guest.network.greeting import GREETING_S
from ilbench.plain_text import one_line
from ilbench.runner.faults import ConnectionLostError, ServerUnreachableError
from ilbench.runner.hosts.foreign import open_line
from ilbench.runner.hosts.remote import greet
from ilbench.runner.submissions.access import ServerAccess
from ilbench.runner.submissions.mapping_table import MappingTable
from ilbench.runner.submissions.snapshot import snapshot_of
from ilbench.runner.submissions.submission import Submission, check_can_play, info_of
from ilbench.runner.submissions.submission_file import (
    FILE,
    SubmissionFile,
    check_name,
    read_submission_file,
)
from ilbench.runs.submission_info import Served, SubmissionInfo, Text
from ilbench.runs.submitted import files_digest

PREFIX = "remote:"


class Told(BaseModel):
    """What a server of our wire says that it serves.

    Attributes:
        digest: Of weights and code; that of `info`.
        info: The submission.
        width: Rows of every call.
        tasks: Ids of the tasks that it can be asked for.
        packages: What the policy's own interpreter has installed.
        training: What it was trained on, by task id.
        arithmetic: How it computes.
        server: The server's software.
        connections: How many policies are loaded at a time.
    """

    model_config = ConfigDict(frozen=True)  # a later server may say more

    digest: Text = ""
    info: SubmissionInfo
    width: Annotated[int, Field(ge=1, le=MAX_WIDTH)]
    tasks: tuple[str, ...]
    packages: dict[str, str] = {}
    training: dict[str, TrainedOn] = {}
    arithmetic: Arithmetic | None = None
    server: dict[Text, Text] = {}
    connections: Annotated[int, Field(ge=1)]


def load_remote(address: str, tasks: Sequence[Task], access: ServerAccess) -> Submission:
    """Returns the submission that a server of our wire serves.

    Raises:
        ServerUnreachableError: It cannot be reached.
        RefusedByServerError: It does not serve us.
        InvalidSubmissionError: It does not serve a task, or what it says of itself makes no sense.
    """
    server = access.server(address)
    told = ask_server(server)
    for task in tasks:
        if task.id not in told.tasks:
            served = one_line(", ".join(told.tasks), 300)
            raise InvalidSubmissionError(
                f"the server at {address} does not serve {task.id}; it serves {served}"
            )
    known = server.model_copy(update={"digest": told.digest, "num_connections": told.connections})
    spec = PolicySpec(place="remote", width=told.width, arithmetic=told.arithmetic, remote=known)
    return Submission(
        info=told.info,
        policies={task.id: spec for task in tasks},
        training={task.id: told.training[task.id] for task in tasks if task.id in told.training},
        packages=told.packages,
        served=Served(wire="ilbench", digest=told.digest, seeded=True, server=told.server),
    )


@contextmanager
def load_remote_folder(folder: Path, tasks: Sequence[Task], access: ServerAccess) -> Iterator[Submission]:
    """Yields the submission in a folder whose policy is behind a server.

    With our wire its digest is the one that the server reports; with another one it is that of the folder,
    for no other wire says what acts.

    Raises:
        InvalidSubmissionError: Its file is not valid, leaves out a task, or its mapping does not fit one.
        ServerUnreachableError: The server cannot be reached.
        RefusedByServerError: It does not serve us.
    """
    content, _ = read_submission_file(folder)
    check_can_play(folder / FILE, content, tasks, None)
    address = content.address or ""
    with snapshot_of(folder) as snapshot:
        info = info_of(content, files_digest(snapshot.files))
        if content.wire == "ilbench":
            served = load_remote(address, tasks, access)
            info = info.model_copy(update={"digest": served.info.digest})
            yield replace(served, info=info, files=snapshot.files)
        else:
            server = access.server(address).model_copy(update={"wire": content.wire})
            mapping = content.mapping or MappingTable()
            yield Submission(
                info=info,
                policies={task.id: _foreign_spec(server, content, mapping.told(task)) for task in tasks},
                served=Served(wire=content.wire, seeded=False, server=dict(ask_foreign_server(server))),
                files=snapshot.files,
            )


def _foreign_spec(server: RemoteServer, content: SubmissionFile, mapping: Mapping[str, Any]) -> PolicySpec:
    arguments = {"mapping": mapping, "constants": content.arguments}
    return PolicySpec(place="remote", width=content.width, arguments=arguments, remote=server)


def ask_foreign_server(server: RemoteServer) -> Mapping[str, str]:
    """Returns what a server of another project says of itself.

    Raises:
        ServerUnreachableError: It cannot be reached.
        RefusedByServerError: It speaks something else.
    """
    try:
        line = open_line(server, GREETING_S)
    except ConnectionLostError as lost:
        raise _unreachable(lost) from lost
    line.close()
    return line.server


def ask_server(server: RemoteServer) -> Told:
    """Returns what a server says that it serves.

    Raises:
        ServerUnreachableError: It cannot be reached.
        RefusedByServerError: It does not serve us.
        InvalidSubmissionError: What it says of itself makes no sense.
    """
    try:
        channel, said = greet(server)
    except ConnectionLostError as lost:
        raise _unreachable(lost) from lost
    channel.close()
    try:
        told = Told.model_validate(said)
        check_name(told.info.name)
    except (ValidationError, ValueError) as error:
        why = one_line(str(error), 300)
        raise InvalidSubmissionError(
            f"what the server at {server.address} serves is unclear: {why}"
        ) from error
    if told.digest != told.info.digest:
        raise InvalidSubmissionError(f"the server at {server.address} reports two digests")
    return told


def _unreachable(lost: ConnectionLostError) -> ServerUnreachableError:
    return ServerUnreachableError(f"no policy server answers at {lost.reason}; is it running there?")
