"""A policy behind a server of another project: one connection a lane, for their wires know no lanes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.contract.policy_spec import PolicySpec, RemoteServer
from ilbench.contract.task import Task
from ilbench.errors import InvalidSubmissionError
from ilbench.guest.actions import ActionCheck
from ilbench.guest.adapters.mapping import FieldMapping, MappingError, ModelInput
from ilbench.guest.answers import POLICY_ERROR, Answer, LaneFault
from ilbench.guest.faults import summary
from ilbench.runner.hosts.host import observation_layout
from ilbench.runner.wires.lines import Line, OpenpiLine, PolicyServerError, VlaEvalLine

if TYPE_CHECKING:
    pass

TEXT_KEYS = {"openpi": "prompt", "vla-eval": "task_description"}
"""Under which name a wire carries what the policy is told to do."""


class ForeignHost:
    """A policy behind a server of openpi or vla-eval.

    Args:
        spec: The policy; `arguments` hold its ``mapping``, and in ``constants`` what else is sent each time.
        server: Its server.
        task: What it plays.
        num_lanes: How many lanes are ever live.
        timeout_s: How long one call may take.

    Raises:
        InvalidSubmissionError: The mapping does not fit the task.
        ConnectionLostError: The server cannot be reached.
        RefusedByServerError: It speaks something else.
    """

    note = ""

    def __init__(
        self, spec: PolicySpec, server: RemoteServer, task: Task, num_lanes: int, timeout_s: float
    ) -> None:
        try:
            self._mapping, self._feed = bound_mapping(spec.arguments["mapping"])
        except MappingError as error:
            raise InvalidSubmissionError(str(error)) from error
        self._constants = {TEXT_KEYS[server.wire]: task.summary, **spec.arguments.get("constants", {})}
        self._task = task
        self._server = server
        self._timeout_s = timeout_s
        self.check = ActionCheck(task.description()["action"], spec.width)
        self.width, self.num_lanes, self.history = spec.width, num_lanes, self._mapping.history
        layout = observation_layout(task, spec.width, self.history)
        self.observations = {name: np.zeros(shape, dtype) for name, shape, dtype in layout}
        self._lines: dict[int, Line] = {}
        self._line(0)

    def reset(self, lane: int, seed: int) -> None:
        """Says that an episode begins, as far as the wire can; of its seed it knows nothing."""
        self._line(lane).start(self._task)

    def act(self, live: Sequence[int]) -> Answer:
        """Returns the answer of the live lanes, who are all asked before the first answer is waited for."""
        fed = self._feed(self.observations)
        for lane in live:
            one = {name: rows[lane] for name, rows in fed.items()}
            self._line(lane).ask(nested({**self._constants, **one}))
        chunks: dict[int, Any] = {}
        faults: dict[int, LaneFault] = {}
        for lane in live:
            try:
                chunks[lane] = self._mapping.actions(np.asarray(self._line(lane).take())[None])[0]
            except PolicyServerError as error:
                faults[lane] = LaneFault(POLICY_ERROR, str(error))
                self._drop(lane)
            except (MappingError, ValueError) as error:
                faults[lane] = LaneFault(POLICY_ERROR, summary(error))
        good = [lane for lane in live if lane not in faults]
        answer = self.check.judged(self.check.each(good, chunks.__getitem__, self._mapping.chunk), good)
        return Answer(answer.values, answer.lengths, {**answer.faults, **faults})

    def close(self) -> None:
        """Leaves the server."""
        for lane in list(self._lines):
            self._drop(lane)

    def _line(self, lane: int) -> Line:
        """Returns the connection of a lane, made when it is first needed."""
        if lane not in self._lines:
            self._lines[lane] = open_line(self._server, self._timeout_s)
        return self._lines[lane]

    def _drop(self, lane: int) -> None:
        self._lines.pop(lane).close()


def open_line(server: RemoteServer, timeout_s: float) -> Line:
    """Returns a connection to a server of another project, made as its wire is.

    Raises:
        ConnectionLostError: It cannot be reached.
        RefusedByServerError: It speaks something else.
    """
    return OpenpiLine(server, timeout_s) if server.wire == "openpi" else VlaEvalLine(server, timeout_s)


def bound_mapping(told: Mapping[str, Any]) -> tuple[FieldMapping, Any]:
    """Returns a mapping, and what makes the named inputs of observations; without names, those of the fields.

    Args:
        told: What the submission says, and the task, see `FieldMapping`.

    Raises:
        MappingError: It does not fit the task.
    """
    mapping = FieldMapping(told)
    names = list(told.get("inputs") or told["task"]["observation"])
    return mapping, mapping.bind([ModelInput(name) for name in names])


def nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a table in which what stands under ``a.b`` stands in the table ``a`` under ``b``."""
    table: dict[str, Any] = {}
    for name, value in flat.items():
        *outer, last = name.split(".")
        inner = table
        for part in outer:
            inner = inner.setdefault(part, {})
        inner[last] = value
    return table
