"""The local executor: hands episodes to worker processes and takes in their records.

Which worker plays an episode, and when, changes no record. A worker that dies or hangs takes nothing with it:
the episodes that it had not begun go to the others, those that it was playing are played again, each alone,
and only one that kills or hangs its worker alone is recorded as a fault.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any

from ilbench.contract.registry import find_task
from ilbench.errors import InvalidPolicyError, StorageError
from ilbench.runner.faults import PolicyTimeout
from ilbench.runner.lanes import blank_record
from ilbench.runner.worker import BOARD_BYTES, Board, WorkerConfig
from ilbench.runs.identity import EpisodeId
from ilbench.runs.record import EpisodeRecord, Times

ENV_TIMEOUT_S = 300.0
MAX_IDLE_DEATHS = 3
GRACE_S = 10.0
"""A policy process is timed by its worker; the executor steps in only so much later."""
POLL_S = 0.2


class WorkerDiedError(Exception):
    """A worker ended, or was ended for its silence, before it had played what it was given."""


class Executor:
    """Plays episodes on local processes.

    Args:
        config: What every worker is told.
        num_workers: How many processes.
    """

    def __init__(self, config: WorkerConfig, num_workers: int) -> None:
        self._config = config
        self._workers = [_WorkerProcess(config) for _ in range(num_workers)]
        self._pending: deque[tuple[int, EpisodeId]] = deque()
        self._idle_deaths = 0
        outside = any(spec.place == "process" for spec in config.policies.values())
        self._limit_s = config.timeout_s + (GRACE_S if outside else 0.0)

    def probe(self, episodes: Sequence[EpisodeId]) -> None:
        """Plays the first step of each episode, for a fault that every episode would share.

        Raises:
            InvalidPolicyError: Says what the policy did and what was expected.
        """
        worker = self._workers[0]
        for episode in episodes:
            try:
                worker.send({"probe": list(episode)})
                while not worker.connection.poll(POLL_S):
                    self._check_alive(worker)
                self._receive(worker)
            except WorkerDiedError as death:
                code = worker.kill()
                why = f"no answer within {self._config.timeout_s:g} s" if worker.hung_in else _how(code)
                raise InvalidPolicyError(f"{episode.task}, first step: {why}") from death

    def run(self, episodes: Sequence[EpisodeId]) -> Iterator[EpisodeRecord]:
        """Yields the record of every episode, in the order in which they end."""
        self._pending.extend(enumerate(episodes))
        remaining = len(episodes)
        while remaining:
            for record in self._next_records():
                remaining -= 1
                yield record

    def close(self) -> None:
        """Ends all workers at once."""
        for worker in self._workers:
            worker.kill()

    def __enter__(self) -> Executor:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _next_records(self) -> Iterator[EpisodeRecord]:
        for index in range(len(self._workers)):
            yield from self._tend(index, lambda worker: self._feed(worker))
        ready = wait([worker.connection for worker in self._workers], timeout=POLL_S)
        for index, worker in enumerate(self._workers):
            act = self._receive if worker.connection in ready else self._check_alive
            yield from self._tend(index, act)

    def _tend(
        self, index: int, act: Callable[[_WorkerProcess], EpisodeRecord | None]
    ) -> Iterator[EpisodeRecord]:
        """Does something with a worker, yields the record that came of it, and mends a death."""
        try:
            record = act(self._workers[index])
        except WorkerDiedError as death:
            record = self._replace(index, death)
        if record is not None:
            self._idle_deaths = 0
            yield record

    def _receive(self, worker: _WorkerProcess) -> EpisodeRecord | None:
        message = worker.receive()
        if "fatal" in message:
            raise (StorageError if message.get("storage") else InvalidPolicyError)(message["fatal"])
        if "record" not in message:
            return None
        del worker.outstanding[message["number"]]
        return EpisodeRecord.model_validate(message["record"])

    def _feed(self, worker: _WorkerProcess) -> None:
        """Tops up a worker's queue: enough that it never waits, and a fair share near the end."""
        if worker.alone and worker.outstanding:
            return
        worker.alone = False
        share = -(-len(self._pending) // len(self._workers))
        room = min(2 * self._config.num_lanes, share) - len(worker.outstanding)
        given = [self._pending.popleft() for _ in range(min(room, len(self._pending)))]
        if given:
            worker.give(given, alone=False)

    def _check_alive(self, worker: _WorkerProcess) -> None:
        phase, silent_s = worker.board.phase(), worker.board.silent_s()
        if silent_s > (ENV_TIMEOUT_S if phase == "env" else self._limit_s):
            worker.hung_in = phase
            raise WorkerDiedError

    def _replace(self, index: int, death: WorkerDiedError) -> EpisodeRecord | None:
        """Puts a new worker in the place of a dead one.

        The new one plays alone what was live in the old one.

        Returns:
            The record of the episode that ended a worker while it was played alone, if one did.
        """
        worker = self._workers[index]
        lost, live = worker.outstanding, [n for n in worker.board.live() if n in worker.outstanding]
        code = worker.kill()
        verdict = None
        if not live:
            self._count_idle_death(code, death)
        if worker.alone:
            if live:
                verdict = self._verdict(lost.pop(live[0]), worker.hung_in, code)
            suspects = lost
        else:
            suspects = {number: lost.pop(number) for number in live}
            self._pending.extendleft(reversed(lost.items()))
        self._workers[index] = _WorkerProcess(self._config)
        if suspects:
            self._workers[index].give(list(suspects.items()), alone=True)
        return verdict

    def _count_idle_death(self, code: int, death: WorkerDiedError) -> None:
        self._idle_deaths += 1
        if self._idle_deaths >= MAX_IDLE_DEATHS:
            raise InvalidPolicyError(
                f"the worker process ended {MAX_IDLE_DEATHS} times without playing an episode "
                f"({_how(code)}); its last words are above"
            ) from death

    def _verdict(self, episode: EpisodeId, hung_in: str | None, code: int) -> EpisodeRecord:
        task = find_task(self._config.tasks[episode.task])
        times = Times(env_s=0.0, policy_s=0.0)
        if hung_in == "policy":
            return blank_record(task, episode, "timeout", str(PolicyTimeout(self._config.timeout_s)), times)
        if hung_in == "env":
            reason = f"the environment did not answer within {ENV_TIMEOUT_S:g} s"
        else:
            reason = f"the worker process ended while playing this episode alone ({_how(code)})"
        return blank_record(task, episode, "env_error", reason, times)


class _WorkerProcess:
    """The executor's view of one worker."""

    def __init__(self, config: WorkerConfig) -> None:
        self.outstanding: dict[int, EpisodeId] = {}
        self.alone = False
        self.hung_in: str | None = None
        ours, theirs = socket.socketpair()
        board_fd = os.memfd_create("ilbench-board")
        os.ftruncate(board_fd, BOARD_BYTES)
        self.board = Board(board_fd)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ilbench.runner.worker", str(theirs.fileno()), str(board_fd)],
            stdin=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(), board_fd),
            env={**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
        )
        theirs.close()
        os.close(board_fd)
        self.connection = Connection(ours.detach())
        self.connection.send_bytes(config.model_dump_json().encode())

    def give(self, episodes: Sequence[tuple[int, EpisodeId]], *, alone: bool) -> None:
        """Sends episodes to play."""
        self.outstanding.update(episodes)
        self.alone = alone
        self.send({"play": [[number, list(episode)] for number, episode in episodes], "alone": alone})

    def send(self, message: dict[str, Any]) -> None:
        """Sends a message.

        Raises:
            WorkerDiedError: The worker is gone.
        """
        try:
            self.connection.send_bytes(json.dumps(message).encode())
        except OSError as error:
            raise WorkerDiedError from error

    def receive(self) -> dict[str, Any]:
        """Returns the next message.

        Raises:
            WorkerDiedError: The worker is gone.
        """
        try:
            message: dict[str, Any] = json.loads(self.connection.recv_bytes())
        except (EOFError, OSError) as error:
            raise WorkerDiedError from error
        return message

    def kill(self) -> int:
        """Ends the process and returns its exit code.

        A process that is ending by itself is given a moment, so that the code is its own.
        """
        self.connection.close()
        try:
            return self._process.wait(timeout=0.0 if self.hung_in else 0.3)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


def _how(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"
