"""The worker: a process that plays the episodes it is sent, and sends back their records.

It is started as a module, not by forking, so that nothing of the calling program leaks into it. Messages
are JSON over a socket. Beside them lies a small shared array in which the worker shows what it is doing:
the executor reads it when the worker is silent or dead.
"""

from __future__ import annotations

import json
import mmap
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from ilbench.contract.policy import WIDTH
from ilbench.contract.registry import find_task
from ilbench.contract.task import Task
from ilbench.errors import ILBenchError, StorageError
from ilbench.guest.serve import describe, die_with_parent
from ilbench.runner.faults import PolicyFault
from ilbench.runner.hosts.host import Host, PolicySpec, make_host
from ilbench.runner.lanes import EnvFaultError, LanePlayer, Watch
from ilbench.runs.identity import EpisodeId

if TYPE_CHECKING:
    from ilbench.runner.keepers.camera import Camera
    from ilbench.runner.keepers.recorder import Recorder

PHASES = {"idle": 0.0, "env": 1.0, "policy": 2.0}
BOARD_BYTES = 8 * (2 + WIDTH)
"""A board holds phase, time since when, and the number of the episode in each lane (or -1)."""


class WorkerConfig(BaseModel):
    """What a worker is told at its start.

    Attributes:
        policies: The policy of each task, by task id.
        tasks: Name of each task (id or import string), by task id.
        num_lanes: Environments side by side.
        timeout_s: Longest policy call.
        films: Folder that videos of all episodes go to, with `num_lanes` 1; None for no videos.
        paths: Folder that the states of all episodes go to, with `num_lanes` 1; None to keep none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    policies: dict[str, PolicySpec]
    tasks: dict[str, str]
    num_lanes: int
    timeout_s: float
    films: str | None = None
    paths: str | None = None


class Board(Watch):
    """The shared array of one worker.

    Args:
        fd: Descriptor of a memory file of `BOARD_BYTES`.
    """

    def __init__(self, fd: int) -> None:
        self._map = mmap.mmap(fd, BOARD_BYTES)
        self._cells = np.frombuffer(self._map, np.float64)
        self.numbers: dict[EpisodeId, int] = {}

    def enter(self, phase: str) -> None:
        """Shows what begins now."""
        # The time first: a reader between the two writes must not see a new phase with an old time,
        # which looks like a hang.
        self._cells[1] = time.monotonic()
        self._cells[0] = PHASES[phase]

    def begin(self, lane: int, episode: EpisodeId | None) -> None:
        """Shows which episode a lane is in."""
        self._cells[2 + lane] = -1 if episode is None else self.numbers[episode]

    def clear(self) -> None:
        """Shows an idle worker."""
        self._cells[0] = PHASES["idle"]
        self._cells[2:] = -1

    def phase(self) -> str:
        """Returns what the worker is doing."""
        shown = float(self._cells[0])  # read once: the worker may go on meanwhile
        return next(name for name, code in PHASES.items() if code == shown)

    def silent_s(self) -> float:
        """Returns for how many seconds it has been doing it."""
        return 0.0 if self._cells[0] == PHASES["idle"] else time.monotonic() - float(self._cells[1])

    def live(self) -> list[int]:
        """Returns the numbers of the episodes that are being played."""
        return [int(number) for number in self._cells[2:] if number >= 0]


def main() -> None:
    """Serves one executor; arguments are the descriptors of socket and board."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    socket_fd, board_fd = map(int, sys.argv[1:3])
    connection = Connection(socket_fd)
    board = Board(board_fd)
    config = WorkerConfig.model_validate_json(connection.recv_bytes())
    try:
        _Worker(config, connection, board).serve()
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
    except Exception as error:  # the executor must hear of it, or it would wait for a silent worker
        text = str(error) if isinstance(error, ILBenchError) else describe(error)
        _send(connection, {"fatal": text, "storage": isinstance(error, StorageError)})


class _Worker:
    def __init__(self, config: WorkerConfig, connection: Connection, board: Board) -> None:
        self._config = config
        self._connection = connection
        self._board = board
        self._queue: deque[tuple[int, EpisodeId]] = deque()
        self._alone = False
        self._player: tuple[str, LanePlayer] | None = None
        self._keeper: Camera | Recorder | None = None
        self._stopped = False

    def serve(self) -> None:
        """Plays until the executor says stop."""
        self._board.clear()
        try:
            while not self._stopped:
                if self._queue:
                    self._play(self._player_for(self._queue[0][1].task))
                else:
                    self._receive()
        finally:
            if self._player is not None:
                self._player[1].close()

    def _play(self, player: LanePlayer) -> None:
        for record in self._records(player):
            if self._keeper is not None:
                self._keeper.save(record)
            number = self._board.numbers.pop(record.id)
            _send(self._connection, {"number": number, "record": record.model_dump()})
        self._board.clear()

    def _records(self, player: LanePlayer) -> Iterator[Any]:
        if not self._alone:
            yield from player.play(self._take)
            return
        while self._queue:
            number, episode = self._queue.popleft()
            self._board.numbers[episode] = number
            yield from player.play_alone(episode)

    def _take(self) -> EpisodeId | None:
        """Returns the next episode of the present task, looking for mail only when none is at hand."""
        if not self._queue and self._connection.poll():
            self._receive()
        if not self._queue or self._player is None or self._queue[0][1].task != self._player[0]:
            return None
        number, episode = self._queue.popleft()
        self._board.numbers[episode] = number
        return episode

    def _receive(self) -> None:
        message = json.loads(self._connection.recv_bytes())
        if "stop" in message:
            self._stopped = True
        if "probe" in message:
            self._probe(EpisodeId(*message["probe"]))
        self._alone = message.get("alone", False)
        self._queue.extend((number, EpisodeId(*episode)) for number, episode in message.get("play", ()))

    def _probe(self, episode: EpisodeId) -> None:
        player = self._player_for(episode.task)
        self._board.numbers[episode] = 0
        try:
            player.probe(episode)
        except (PolicyFault, EnvFaultError) as fault:
            _send(self._connection, {"fatal": f"{episode.task}, first step: {fault}"})
        else:
            _send(self._connection, {"probed": episode.task})
        self._board.numbers.clear()
        self._board.clear()

    def _player_for(self, task_id: str) -> LanePlayer:
        if self._player is not None and self._player[0] == task_id:
            return self._player[1]
        if self._player is not None:
            self._player[1].close()
        task = find_task(self._config.tasks[task_id])
        spec = self._config.policies[task_id]

        def load() -> Host:
            return make_host(spec, task, self._config.timeout_s)

        self._player = (task_id, self._make_player(task, load))
        return self._player[1]

    def _make_player(self, task: Task, load: Callable[[], Host]) -> LanePlayer:
        keeper: Camera | Recorder
        if self._config.films is not None:
            from ilbench.runner.keepers.camera import Camera

            keeper = Camera(self._board, task, Path(self._config.films))
        elif self._config.paths is not None:
            from ilbench.runner.keepers.recorder import Recorder

            keeper = Recorder(self._board, task, Path(self._config.paths))
        else:
            return LanePlayer(task, load, self._config.num_lanes, self._board)
        self._keeper = keeper
        return LanePlayer(task, load, 1, keeper, keeper.make_env)


def _send(connection: Connection, message: dict[str, Any]) -> None:
    connection.send_bytes(json.dumps(message).encode())


if __name__ == "__main__":
    # The executor reads our messages from the socket alone; what simulators print is for people.
    os.dup2(2, 1)
    main()
