"""Policy hosts: where a policy runs. The place never changes a record.

Foreign code may raise anything at all, so what calls it catches every `Exception` and makes of it a
`PolicyFault` with the policy's own words.

*Inline* in the worker, without a message a step; or in a *process* of its own, which needs only Python and
NumPy to speak to us. Both show the same face to the lanes: arrays of observations to write into, and
`act`. A scripted expert has a host of its own, since it may look into the environment.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

import numpy as np
from pydantic import BaseModel, ConfigDict

from ilbench.contract.policy import WIDTH
from ilbench.contract.task import Task
from ilbench.errors import InvalidSubmissionError
from ilbench.guest import channel as wire
from ilbench.guest.lifting import LanePolicy, PolicyFormError, lift
from ilbench.guest.serve import describe
from ilbench.importing import load_object
from ilbench.runner.faults import PolicyFault, PolicyTimeout

if TYPE_CHECKING:
    import gymnasium as gym
    from numpy.typing import NDArray

    from ilbench.contract.policy import Expert

Place: TypeAlias = Literal["inline", "process"]
LOAD_TIMEOUT_S = 300.0


class PolicySpec(BaseModel):
    """How a policy is loaded, and where it runs; plain data, so that it can be sent to a worker.

    Attributes:
        load: Import string of a class, factory or function.
        arguments: Keyword arguments of the class or factory.
        search_path: Folders put first on the import path.
        place: Where it runs.
        python: Interpreter of a policy process; None for the one that runs the harness.
        privileged: Whether this is the task's own expert; `load` is then ignored.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    load: str = ""
    arguments: dict[str, Any] = {}
    search_path: tuple[str, ...] = ()
    place: Place = "inline"
    python: str | None = None
    privileged: bool = False


class Host(Protocol):
    """One policy, serving `WIDTH` lanes of one task."""

    @property
    def observations(self) -> Mapping[str, NDArray[Any]]:
        """One array a field, ``(WIDTH, [history,] *shape)``, for the lanes to write into."""

    @property
    def history(self) -> int:
        """Observations a lane that the policy wants."""

    def reset(self, lane: int, seed: int, env: gym.Env[Any, Any]) -> None:
        """Prepares a lane for an episode. Raises `PolicyFault`."""

    def act(self, live: Sequence[int]) -> NDArray[Any]:
        """Returns the actions of all lanes as the policy gave them. Raises `PolicyFault`."""

    def close(self) -> None:
        """Lets the policy go."""


def make_host(spec: PolicySpec, task: Task, timeout_s: float) -> Host:
    """Returns a host with a freshly loaded policy.

    Args:
        spec: The policy.
        task: The task that it will play.
        timeout_s: How long one call may take in a process of its own; inline, the executor watches.

    Raises:
        InvalidSubmissionError: The policy cannot be loaded; the message holds the policy's own error.
    """
    if spec.privileged:
        return ExpertHost(task)
    if spec.place == "process":
        return ProcessHost(spec, task, timeout_s)
    return InlineHost(spec, task)


class InlineHost:
    """A policy in the worker's own process."""

    def __init__(self, spec: PolicySpec, task: Task) -> None:
        sys.path[:0] = [path for path in spec.search_path if path not in sys.path]
        try:
            self._policy = lift(load_object(spec.load), WIDTH, spec.arguments)
        except Exception as error:
            raise InvalidSubmissionError(f"cannot load the policy {spec.load!r}: {_why(error)}") from error
        self._task = task.description()
        self.history = self._policy.history
        self.observations = {
            name: np.zeros(shape, dtype) for name, shape, dtype in observation_layout(task, self.history)
        }

    def reset(self, lane: int, seed: int, env: gym.Env[Any, Any]) -> None:
        """Prepares a lane; the environment stays hidden from the policy."""
        try:
            self._policy.reset(lane, seed, self._task)
        except Exception as error:
            raise PolicyFault(describe(error)) from error

    def act(self, live: Sequence[int]) -> NDArray[Any]:
        """Returns the actions of all lanes."""
        try:
            return np.asarray(self._policy.act(self.observations, live))
        except Exception as error:
            raise PolicyFault(describe(error)) from error

    def close(self) -> None:
        """Drops the policy."""
        self._policy = LanePolicy()


class ExpertHost:
    """The task's own scripted expert, one a lane. It may read the environment, and is marked for it."""

    history = 1

    def __init__(self, task: Task) -> None:
        self._task = task
        self._experts: list[Expert] = [task.make_expert() for _ in range(WIDTH)]
        self.observations = {
            name: np.zeros(shape, dtype) for name, shape, dtype in observation_layout(task, 1)
        }

    def reset(self, lane: int, seed: int, env: gym.Env[Any, Any]) -> None:
        """Shows the lane's environment to its expert."""
        try:
            self._experts[lane].reset(env, seed)
        except Exception as error:
            raise PolicyFault(describe(error)) from error

    def act(self, live: Sequence[int]) -> NDArray[Any]:
        """Returns the experts' actions."""
        action = self._task.action
        actions = np.zeros((WIDTH, *action.shape), action.dtype)
        try:
            for lane in live:
                observation = {name: values[lane].copy() for name, values in self.observations.items()}
                actions[lane] = self._experts[lane].act(observation)
        except Exception as error:
            raise PolicyFault(describe(error)) from error
        return actions

    def close(self) -> None:
        """Drops the experts."""
        self._experts = []


class ProcessHost:
    """A policy in a process of its own; observations and actions travel through shared memory."""

    def __init__(self, spec: PolicySpec, task: Task, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._memory_fd = os.memfd_create("ilbench-policy")
        self._process, self._channel = _start_guest(spec, self._memory_fd)
        self._actions: dict[bytes, NDArray[Any]] = {}
        message = {
            "load": spec.load,
            "arguments": spec.arguments,
            "search_path": list(spec.search_path),
            "width": WIDTH,
        }
        try:
            answer = self._ask(wire.LOAD, _json(message), LOAD_TIMEOUT_S)
            self.history: int = json.loads(answer)["history"]
            fields = observation_layout(task, self.history)
            self._ask(wire.TASK, _json({"task": task.description(), "fields": fields}), LOAD_TIMEOUT_S)
        except PolicyFault as fault:
            self.close()
            raise InvalidSubmissionError(f"cannot load the policy {spec.load!r}: {fault.reason}") from fault
        self._arrays = wire.SharedArrays(self._memory_fd, fields)
        self.observations = self._arrays.observations

    def reset(self, lane: int, seed: int, env: gym.Env[Any, Any]) -> None:
        """Prepares a lane; the environment does not leave this process."""
        self._ask(wire.RESET, _json({"lane": lane, "seed": seed}), self._timeout_s)

    def act(self, live: Sequence[int]) -> NDArray[Any]:
        """Returns the actions of all lanes, in the policy's shape and dtype."""
        answer = self._ask(wire.ACT, bytes(live), self._timeout_s)
        actions = self._actions.get(answer)
        if actions is None:
            shape, dtype = json.loads(answer)
            actions = self._actions[answer] = self._arrays.actions(tuple(shape), dtype)
        return actions

    def close(self) -> None:
        """Ends the process: the closed pipe asks it to, and it is killed if it does not obey."""
        self._channel.close()
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._memory_fd)

    def _ask(self, kind: bytes, payload: bytes, timeout_s: float) -> bytes:
        try:
            self._channel.send(kind, payload)
            status, answer = self._channel.receive(timeout_s)
        except wire.ChannelTimeoutError as error:
            self._process.kill()
            raise PolicyTimeout(timeout_s) from error
        except wire.ChannelClosedError as error:
            self._process.wait()
            code = self._process.returncode
            how = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
            raise PolicyFault(f"the policy process ended ({how})") from error
        if status == wire.FAULT:
            raise PolicyFault(answer.decode())
        return answer


def observation_layout(task: Task, history: int) -> list[tuple[str, tuple[int, ...], str]]:
    """Returns name, full shape and dtype of the observation arrays of all lanes."""
    lead = (WIDTH,) if history == 1 else (WIDTH, history)
    return [(f.name, (*lead, *f.shape), f.dtype) for f in task.observation]


def _start_guest(spec: PolicySpec, memory_fd: int) -> tuple[subprocess.Popen[bytes], wire.Channel]:
    read_ours, write_theirs = os.pipe()
    read_theirs, write_ours = os.pipe()
    home = Path(wire.__file__).parents[1]
    # The folder leaves the import path at once: its neighbors must not shadow the policy's own modules.
    start = "import sys; sys.path.insert(0, {!r}); import guest.serve; del sys.path[0]; guest.serve.main()"
    descriptors = (read_theirs, write_theirs, memory_fd)
    process = subprocess.Popen(
        [spec.python or sys.executable, "-c", start.format(str(home)), *map(str, descriptors)],
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        pass_fds=descriptors,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"},
    )
    os.close(read_theirs)
    os.close(write_theirs)
    return process, wire.Channel(read_ours, write_ours)


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value).encode()


def _why(error: Exception) -> str:
    return str(error) if isinstance(error, PolicyFormError) else describe(error)
