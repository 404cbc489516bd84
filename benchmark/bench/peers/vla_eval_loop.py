"""vla-eval's own loop, with nothing to do: ``python vla_eval_loop.py KIND LANES STEPS``.

Client and server are its own: `SyncEpisodeRunner` over a `Connection`, one a lane, all in one event loop;
and `serve_async` with a `PredictModelServer`. Images travel raw, which is faster than its default, PNG. Its
server is measured as it is by default and with batches of all lanes; the better of the two counts. Prints one
line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import anyio
import numpy as np
from vla_eval.benchmarks.base import StepBenchmark, StepResult
from vla_eval.connection import Connection
from vla_eval.model_servers.predict import PredictModelServer
from vla_eval.model_servers.serve import serve_async
from vla_eval.protocol.numpy_codec import set_image_format
from vla_eval.runners.sync_runner import SyncEpisodeRunner

OBSERVATIONS: dict[str, dict[str, Any]] = {
    "numbers": {"states": np.ones(20, np.float32)},
    "images": {"images": {name: np.ones((96, 96, 3), np.uint8) for name in ("front", "wrist")}},
}
WARM_STEPS = 50


class StillServer(PredictModelServer):  # type: ignore[misc]
    """A model that answers zeros."""

    def predict_batch(self, obs_batch: list[Any], ctx_batch: list[Any]) -> list[dict[str, Any]]:
        """Returns zeros for each observation."""
        return [{"actions": np.zeros(4, np.float32)} for _ in obs_batch]

    def get_action_spec(self) -> dict[str, Any]:
        """Returns nothing that is compared."""
        return {}

    def get_observation_spec(self) -> dict[str, Any]:
        """Returns nothing that is compared."""
        return {}


class StillBenchmark(StepBenchmark):  # type: ignore[misc]
    """A benchmark in which nothing happens."""

    def __init__(self, observation: dict[str, Any], num_steps: int) -> None:
        super().__init__()
        self._observation, self._num_steps, self._done = observation, num_steps, 0

    def get_tasks(self) -> list[Any]:
        """Returns one task."""
        return [{"name": "still"}]

    def reset(self, task: Any) -> Any:
        """Starts an episode of nothing."""
        self._done = 0
        return self._observation

    def step(self, action: Any) -> Any:
        """Counts a step."""
        self._done += 1
        return StepResult(obs=self._observation, reward=0.0, done=self._done >= self._num_steps, info={})

    def make_obs(self, raw_obs: Any, task: Any) -> Any:
        """Returns what it always returns."""
        return raw_obs

    def get_step_result(self, step_result: Any) -> Any:
        """Returns a result of nothing."""
        return {"success": False}


async def serve(batch: int) -> None:
    """Serves on a free port, which it prints."""
    async with anyio.create_task_group() as group:
        port = await group.start(serve_async, StillServer(max_batch_size=batch), "127.0.0.1", 0)
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()


async def play(connections: list[Connection], kind: str, num_steps: int) -> None:
    """Plays so many steps in every lane, side by side; each has a connection already."""

    async def lane(connection: Connection) -> None:
        benchmark = StillBenchmark(OBSERVATIONS[kind], num_steps)
        await SyncEpisodeRunner().run_episode(benchmark, benchmark.get_tasks()[0], connection)

    await asyncio.gather(*map(lane, connections))


def processor_s(pid: int) -> float:
    """Returns the processor seconds of this process and another one (on Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return time.process_time() + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def timed(
    kind: str, num_lanes: int, num_steps: int, server: subprocess.Popen[str]
) -> tuple[float, float]:
    """Returns seconds of wall clock and of processor time, when every lane is connected and has played."""
    port = int(server.stdout.readline() if server.stdout else "")
    async with AsyncExitStack() as stack:
        connections = [
            await stack.enter_async_context(Connection(f"ws://127.0.0.1:{port}")) for _ in range(num_lanes)
        ]
        await play(connections, kind, WARM_STEPS)
        start, start_s = time.perf_counter(), processor_s(server.pid)
        await play(connections, kind, num_steps)
        return time.perf_counter() - start, processor_s(server.pid) - start_s


def measure(kind: str, num_lanes: int, num_steps: int, batch: int) -> dict[str, float]:
    """Returns steps a second, and microseconds of processor time a step."""
    command = [sys.executable, __file__, "serve", str(batch)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        wall_s, cpu_s = asyncio.run(timed(kind, num_lanes, num_steps, server))
    finally:
        server.kill()
    total = num_lanes * num_steps
    return {"steps_per_s": total / wall_s, "cpu_us": 1e6 * cpu_s / total}


def main() -> None:
    """Measures, or serves where it is told so."""
    set_image_format("raw")
    if sys.argv[1] == "serve":
        asyncio.run(serve(int(sys.argv[2])))
        return
    kind, num_lanes, num_steps = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    found = [measure(kind, num_lanes, num_steps, batch) for batch in dict.fromkeys((1, num_lanes))]
    sys.stdout.write(json.dumps(max(found, key=lambda one: one["steps_per_s"])) + "\n")


if __name__ == "__main__":
    main()
