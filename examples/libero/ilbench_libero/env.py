"""One LIBERO task as an environment of ILBench, simulated by another interpreter.

LIBERO needs robosuite 1.4.0, ILBench's own tasks need 1.5.2; both cannot be in one process. So LIBERO runs in
a process and virtual environment of its own, and this class speaks to it over two pipes.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np

from ilbench.contract.environment import TaskEnv, context_from, observation_space
from ilbench.errors import ILBenchError
from ilbench.guest import channel
from ilbench_libero import wire
from ilbench_libero.tasks import ACTION, OBSERVATION

if TYPE_CHECKING:
    from numpy.typing import NDArray

PYTHON_VARIABLE = "ILBENCH_LIBERO_PYTHON"
SERVER = Path(__file__).with_name("server.py")
GUEST = Path(channel.__file__).parent
LAYOUT: wire.Layout = [(f.name, f.shape, f.dtype) for f in OBSERVATION]
MAKE_TIMEOUT_S = 600.0
STEP_TIMEOUT_S = 120.0
SETUP = (
    "make one with: python3.11 -m venv ~/libero && ~/libero/bin/pip install hf-libero==0.1.4 mujoco==3.3.0 "
    f"&& export {PYTHON_VARIABLE}=~/libero/bin/python"
)


class LiberoUnavailableError(ILBenchError):
    """LIBERO, its interpreter or its assets are not there: what is missing, where, and how it is obtained."""


class LiberoError(ILBenchError):
    """LIBERO raised, died or went silent."""


class LiberoEnv(TaskEnv):
    """A LIBERO task: two cameras and the hand's state, steps of the hand, done on success.

    A context holds ``init_state``, an index into the initial states that LIBERO stores for the task, or
    ``seed``, from which its objects are placed anew. The wait steps are taken before the first observation.

    Args:
        suite: LIBERO's name of the suite, such as ``libero_spatial``.
        task: LIBERO's name of the task.
        versions: By distribution, the version that has to be installed where LIBERO runs.
        wait_steps: Control steps without a motion, for objects to come to rest.
        render_mode: ``"rgb_array"`` or None.

    Raises:
        LiberoUnavailableError: Something is not installed.
        LiberoError: LIBERO could not make the environment.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"]}  # noqa: RUF012 - as gymnasium declares it

    def __init__(
        self,
        suite: str,
        task: str,
        versions: Mapping[str, str],
        wait_steps: int,
        render_mode: str | None = None,
    ) -> None:
        self.render_mode = render_mode
        self.observation_space = observation_space(OBSERVATION)
        self.action_space = gym.spaces.Box(-1.0, 1.0, ACTION.shape, np.float32)
        self._picture: NDArray[np.uint8] | None = None
        self._process = LiberoProcess(interpreter())
        wanted = {"suite": suite, "task": task, "versions": dict(versions), "wait_steps": wait_steps}
        try:
            self._process.ask(wire.MAKE, json.dumps({**wanted, "layout": LAYOUT}).encode(), MAKE_TIMEOUT_S)
        except ILBenchError:
            self._process.close()
            raise

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Starts the episode that the context describes; `seed` changes nothing."""
        super().reset(seed=seed)
        context = json.dumps(dict(context_from(options))).encode()
        observation, done = self._seen(self._process.ask(wire.RESET, context, STEP_TIMEOUT_S))
        return observation, {"success": done, "mode": None}

    def step(
        self, action: NDArray[np.float32]
    ) -> tuple[dict[str, NDArray[Any]], float, bool, bool, dict[str, Any]]:
        """Moves the hand for one control step; the reward is 1 once the task is done."""
        payload = np.asarray(action, dtype=np.float32).tobytes()
        observation, done = self._seen(self._process.ask(wire.STEP, payload, STEP_TIMEOUT_S))
        return observation, float(done), False, False, {"success": done, "mode": None}

    def state(self) -> NDArray[Any]:
        """Returns the simulator's state: time, positions, velocities."""
        answer = self._process.ask(wire.STATE, b"", STEP_TIMEOUT_S)
        return np.frombuffer(answer, dtype=np.float64).copy()

    def render(self) -> NDArray[np.uint8] | None:
        """Returns the last picture of the scene (128, 128, 3), or None without ``render_mode``."""
        return None if self.render_mode is None else self._picture

    def close(self) -> None:
        """Ends LIBERO's process."""
        self._process.close()

    def _seen(self, answer: bytes) -> tuple[dict[str, NDArray[Any]], bool]:
        observation, done = wire.unpack(answer, LAYOUT)
        self._picture = observation["agentview"]
        return observation, done


def interpreter() -> Path:
    """Returns the interpreter that LIBERO is installed for.

    Raises:
        LiberoUnavailableError: None is named, or there is none.
    """
    named = os.environ.get(PYTHON_VARIABLE)
    if not named:
        raise LiberoUnavailableError(
            f"LIBERO runs in a virtual environment of its own (it needs robosuite 1.4.0), and "
            f"{PYTHON_VARIABLE} does not name its interpreter; {SETUP}"
        )
    path = Path(named).expanduser()
    if not os.access(path, os.X_OK) or path.is_dir():
        raise LiberoUnavailableError(f"{PYTHON_VARIABLE} is {named}, which is no interpreter; {SETUP}")
    return path


class LiberoProcess:
    """A process that answers requests, see `wire`.

    Args:
        python: Its interpreter.
    """

    def __init__(self, python: Path) -> None:
        theirs_read, ours_write = os.pipe()
        ours_read, theirs_write = os.pipe()
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        self._process = subprocess.Popen(
            [python, "-E", "-s", SERVER, str(theirs_read), str(theirs_write), GUEST],
            pass_fds=(theirs_read, theirs_write),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._words,
        )
        os.close(theirs_read)
        os.close(theirs_write)
        self._channel: channel.Channel | None = channel.Channel(ours_read, ours_write)

    def ask(self, kind: bytes, payload: bytes, timeout_s: float) -> bytes:
        """Returns the answer to a request.

        Raises:
            LiberoUnavailableError: Something is not installed.
            LiberoError: LIBERO raised, or the process died, is closed or did not answer in time.
        """
        if self._channel is None:
            raise LiberoError("LIBERO's process is closed")
        try:
            self._channel.send(kind, payload)
            status, answer = self._channel.receive(timeout_s)
        except channel.ChannelTimeoutError as error:
            self._process.kill()
            raise LiberoError(f"LIBERO did not answer within {timeout_s:g} s") from error
        except channel.ChannelClosedError as error:
            code = self._process.wait()
            raise LiberoError(
                f"LIBERO's process ended with exit code {code}; its last words: {self._last_words()}"
            ) from error
        if status == wire.MISSING:
            raise LiberoUnavailableError(answer.decode())
        if status == wire.FAULT:
            raise LiberoError(f"LIBERO: {answer.decode()}")
        return answer

    def close(self) -> None:
        """Ends the process: the closed pipe asks it to, and it is killed if it does not obey."""
        if self._channel is None:
            return
        self._channel.close()
        self._channel = None
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._words.close()

    def _last_words(self) -> str:
        self._words.seek(0)
        lines = self._words.read().decode(errors="replace").split("\n")
        return next((line for line in reversed(lines) if line.strip()), "none")
