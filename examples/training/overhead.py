"""What `ilbench.run` costs beside a loop that is written by hand and plays the same episodes.

The loop makes the environment, resets it with each episode's context and seed, and steps it with the policy's
actions: no records, no digests, no checks. Both are timed in turns; the medians and their ratio are printed.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

import ilbench
from ilbench.runs.identity import EpisodeId

TASK = "navigation/pointmaze-medium-v1"
ACTION = np.array([0.5, 0.5], np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overhead:
    """Seconds of wall clock for the same episodes, medians over rounds.

    Attributes:
        bare_s: Of the loop by hand.
        run_s: Of `ilbench.run` on the object, header, journal and scores' records included.
        steps: Control steps of the episodes.
    """

    bare_s: float
    run_s: float
    steps: int

    @property
    def ratio(self) -> float:
        """How many times as long `ilbench.run` takes."""
        return self.run_s / self.bare_s


def act(observation: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    """Returns a constant action: a policy that costs nothing, so that all else is seen."""
    return ACTION


def play_by_hand(task: ilbench.Task, episodes: int) -> tuple[int, list[bool]]:
    """Returns the steps of the first test episodes and whether each succeeded, without the harness."""
    env, contexts, steps, successes = task.make_env(), task.contexts("test"), 0, []
    for index in range(episodes):
        seed = EpisodeId(task.id, "test", index, 0).seed("environment")
        observation, _ = env.reset(seed=seed, options={"context": contexts[index]})
        success = False
        for _ in range(task.horizon):
            observation, _, terminated, truncated, info = env.step(act(observation))
            steps += 1
            success = success or bool(info["success"])
            if terminated or truncated or (success and task.stops_on_success):
                break
        successes.append(success)
    env.close()
    return steps, successes


def measure(task_id: str = TASK, episodes: int = 50, rounds: int = 5, lanes: int = 1) -> Overhead:
    """Returns the medians of both, measured in turns, after checking that they played the same."""
    task = ilbench.task(task_id)
    by_hand: list[float] = []
    by_run: list[float] = []
    for _ in range(rounds):
        bare_s, (steps, successes) = _timed(lambda: play_by_hand(task, episodes))
        options = {"split": "test", "contexts": episodes, "repeats": 1, "lanes": lanes}
        run_s, run = _timed(partial(ilbench.run, act, task=task, **options))
        recorded = [record.success for record in run.records], sum(record.length for record in run.records)
        if recorded != (successes, steps):
            raise RuntimeError(f"the episodes differ: {recorded} and {(successes, steps)}")
        by_hand.append(bare_s)
        by_run.append(run_s)
    return Overhead(bare_s=statistics.median(by_hand), run_s=statistics.median(by_run), steps=steps)


def _timed(function: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    value = function()
    return time.perf_counter() - start, value


def main() -> None:
    """Prints the measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--task", default=TASK)
    parser.add_argument("--episodes", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--lanes", type=int, default=1, help="each is an environment that has to be built")
    asked = parser.parse_args()
    found = measure(asked.task, asked.episodes, asked.rounds, asked.lanes)
    sys.stdout.write(
        f"{asked.episodes} episodes of {asked.task}, {found.steps} steps: by hand {found.bare_s:.2f} s, "
        f"ilbench.run {found.run_s:.2f} s, {found.ratio:.2f} times as long, "
        f"{1e6 * (found.run_s - found.bare_s) / found.steps:.1f} µs a step more\n"
    )


if __name__ == "__main__":
    main()
