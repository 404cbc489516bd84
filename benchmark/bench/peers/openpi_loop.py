"""openpi's own loop, with nothing to do: ``python openpi_loop.py KIND LANES STEPS``.

The client is openpi-client's: its `Runtime`, one a lane in a thread of its own, with a `PolicyAgent` around a
`WebsocketClientPolicy`. So it is measured with all lanes and with one that takes all steps; the better of the
two counts, once every connection is made. The server is not on PyPI: what answers here does what openpi's
``src/openpi/serving/websocket_policy_server.py`` does for a request, with the same two libraries (the asyncio
server of ``websockets`` without compression, ``openpi_client.msgpack_numpy``). Prints one line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import websockets.asyncio.server
from openpi_client import msgpack_numpy
from openpi_client.runtime.agents.policy_agent import PolicyAgent
from openpi_client.runtime.environment import Environment
from openpi_client.runtime.runtime import Runtime
from openpi_client.websocket_client_policy import WebsocketClientPolicy

OBSERVATIONS: dict[str, dict[str, Any]] = {
    "numbers": {"observation/state": np.ones(20, np.float32)},
    "images": {f"observation/{name}": np.ones((96, 96, 3), np.uint8) for name in ("image", "wrist_image")},
}
WARM_STEPS = 50


class Still(Environment):  # type: ignore[misc]
    """An environment in which nothing happens."""

    def __init__(self, observation: dict[str, Any], num_steps: int) -> None:
        self._observation, self._num_steps, self._done = observation, num_steps, 0

    def reset(self) -> None:
        """Starts an episode of nothing."""
        self._done = 0

    def is_episode_complete(self) -> bool:
        """Returns whether all steps are done."""
        return self._done >= self._num_steps

    def get_observation(self) -> dict[str, Any]:
        """Returns what it always returns."""
        return self._observation

    def apply_action(self, action: dict[str, Any]) -> None:
        """Counts a step."""
        self._done += 1


async def answer(connection: Any) -> None:
    """Answers one client as openpi's server does."""
    packer = msgpack_numpy.Packer()
    await connection.send(packer.pack({}))
    previous_s = None
    try:
        while True:
            start = time.monotonic()
            msgpack_numpy.unpackb(await connection.recv())
            inferred = time.monotonic()
            action: dict[str, Any] = {"actions": np.zeros(4, np.float32)}
            action["server_timing"] = {"infer_ms": 1000 * (time.monotonic() - inferred)}
            if previous_s is not None:
                action["server_timing"]["prev_total_ms"] = 1000 * previous_s
            await connection.send(packer.pack(action))
            previous_s = time.monotonic() - start
    except websockets.exceptions.ConnectionClosed:
        return


async def serve() -> None:
    """Serves on a free port, which it prints."""
    listening = websockets.asyncio.server.serve(answer, "127.0.0.1", 0, compression=None, max_size=None)
    async with listening as server:
        sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
        sys.stdout.flush()
        await server.serve_forever()


def play(agents: list[PolicyAgent], kind: str, num_steps: int) -> None:
    """Plays so many steps in every lane, each of which has a connection already."""
    loops = [Runtime(Still(OBSERVATIONS[kind], num_steps), agent, []) for agent in agents]
    threads: list[threading.Thread] = [loop.run_in_new_thread() for loop in loops]
    for thread in threads:
        thread.join()


def processor_s(pid: int) -> float:
    """Returns the processor seconds of this process and another one (on Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return time.process_time() + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(kind: str, num_lanes: int, num_steps: int) -> dict[str, float]:
    """Returns steps a second, and microseconds of processor time a step."""
    server = subprocess.Popen([sys.executable, __file__, "serve"], stdout=subprocess.PIPE, text=True)
    try:
        port = int(server.stdout.readline() if server.stdout else "")
        agents = [PolicyAgent(WebsocketClientPolicy("127.0.0.1", port)) for _ in range(num_lanes)]
        play(agents, kind, WARM_STEPS)
        start, start_s = time.perf_counter(), processor_s(server.pid)
        play(agents, kind, num_steps)
        wall_s, cpu_s = time.perf_counter() - start, processor_s(server.pid) - start_s
    finally:
        server.kill()
    total = num_lanes * num_steps
    return {"steps_per_s": total / wall_s, "cpu_us": 1e6 * cpu_s / total}


def main() -> None:
    """Measures, or serves where it is told so."""
    if sys.argv[1] == "serve":
        asyncio.run(serve())
        return
    kind, num_lanes, num_steps = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    found = [measure(kind, lanes, num_steps * num_lanes // lanes) for lanes in dict.fromkeys((1, num_lanes))]
    sys.stdout.write(json.dumps(max(found, key=lambda one: one["steps_per_s"])) + "\n")


if __name__ == "__main__":
    main()
