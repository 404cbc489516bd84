"""What the harness costs: the runner beside a bare loop over the same environment.

Two figures. The *share* of a task: steps per second of the runner on W workers, over W times those of a
bare loop in one process. And the harness's *processor time* a step, taken on a task whose environment does
nothing, since the noise of a real simulator is larger than what is measured.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.contract.environment import TaskEnv, context_from
from ilbench.contract.episode import EpisodeProgress
from ilbench.contract.fields import ActionField, Field
from ilbench.contract.policy_spec import PolicySpec
from ilbench.contract.task import Preset, Split, Task
from ilbench.errors import UsageError
from ilbench.runner.lineup import Lineup, Resources
from ilbench.runner.start import start_scheduler
from ilbench.runs.identity import Episode, EpisodeId

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment

BLOCK = 1024
PROC = Path("/proc")
"""Where Linux tells of processes; the systems of others have it not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast something stepped.

    Attributes:
        steps_per_s: Control steps in a second of wall clock.
        cpu_us: Microseconds of processor time a control step, all processes together.
        num_steps: How many steps were timed.
    """

    steps_per_s: float
    cpu_us: float
    num_steps: int


def bare_pace(task: Task, min_s: float) -> Pace:
    """Returns the pace of a bare loop in this process: whole episodes of random actions, nothing else.

    Args:
        task: The task.
        min_s: Episodes are begun until so many seconds have passed.
    """
    env, contexts = task.make_env(), task.contexts("test")
    rng = np.random.default_rng(0)
    _bare_episode(task, env, contexts[0], 0, rng)
    num_steps, index = 0, 0
    start, start_cpu = time.perf_counter(), time.process_time()
    while time.perf_counter() - start < min_s:
        num_steps += _bare_episode(task, env, contexts[index % len(contexts)], index, rng)
        index += 1
    pace = _pace(num_steps, time.perf_counter() - start, time.process_time() - start_cpu)
    env.close()
    return pace


def reset_ms(task: Task, count: int) -> float:
    """Returns the median time of a reset in ms of wall clock, over the first test contexts and after steps.

    Args:
        task: The task.
        count: Resets.
    """
    env, contexts = task.make_env(), task.contexts("test")
    actions = iter(_random_actions(task.action, np.random.default_rng(0)))
    times = []
    for index in range(count + 1):
        start = time.perf_counter()
        env.reset(seed=index, options={"context": contexts[index % len(contexts)]})
        times.append(time.perf_counter() - start)
        env.step(next(actions))
    env.close()
    return 1e3 * statistics.median(times[1:])


def runner_pace(task: Task, policy: PolicySpec, *, num_workers: int, num_lanes: int, num_steps: int) -> Pace:
    """Returns the pace of the runner, once its environments are built and every lane has played.

    Args:
        task: The task.
        policy: The policy, and the place where it runs.
        num_workers: Processes.
        num_lanes: Environments in each.
        num_steps: About how many steps to time; at least two episodes a lane are played.

    Raises:
        UsageError: This system does not tell the processor time of other processes.
    """
    check_can_count()
    lineup = Lineup(tasks={task.id: task}, policies={task.id: policy})
    resources = Resources(num_workers=num_workers, num_lanes=num_lanes, timeout_s=600.0)
    lanes = num_workers * num_lanes
    with start_scheduler(lineup, resources, num_workers) as scheduler:
        warm = list(scheduler.run(_episodes(task, 2 * lanes, 0)))
        length = max(1.0, sum(played.record.length for played in warm) / len(warm))
        rounds = max(2, round(num_steps / length / lanes))
        start, start_cpu = time.perf_counter(), descendants_cpu_s()
        timed = list(scheduler.run(_episodes(task, rounds * lanes, 1)))
        wall_s, cpu_s = time.perf_counter() - start, descendants_cpu_s() - start_cpu
    return _pace(sum(played.record.length for played in timed), wall_s, cpu_s)


def check_can_count() -> None:
    """Checks that the processor time of other processes can be read here.

    Raises:
        UsageError: This is no Linux.
    """
    if not (PROC / "self" / "stat").exists():
        raise UsageError(
            f"the processor time of the runner's processes is read from {PROC}, which is not there "
            f"({platform.system()}); measure on Linux ('ilbench bench environments' works everywhere)"
        )


def descendants_cpu_s() -> float:
    """Returns the processor seconds that the living descendants of this process have used (on Linux)."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for folder in PROC.iterdir():
        try:
            text = (folder / "stat").read_text() if folder.name.isdigit() else ""
        except OSError:
            continue  # it ended meanwhile
        if text:
            fields = text.rpartition(")")[2].split()
            parents[int(folder.name)] = int(fields[1])
            ticks[int(folder.name)] = int(fields[11]) + int(fields[12])
    family = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(ticks[pid] for pid in family - {os.getpid()}) / os.sysconf("SC_CLK_TCK")


class IdleEnv(TaskEnv):
    """An environment whose step does nothing: what is measured on it is the harness alone."""

    def __init__(self) -> None:
        self._observation = {"state": np.ones(16, np.float32)}
        self._info: dict[str, Any] = {"success": False, "mode": None}

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Starts an episode of nothing."""
        context_from(options)
        return self._observation, self._info

    def step(self, action: NDArray[Any]) -> tuple[dict[str, NDArray[Any]], float, bool, bool, dict[str, Any]]:
        """Returns what it always returns."""
        return self._observation, 0.0, False, False, self._info

    def state(self) -> NDArray[Any]:
        """Returns nothing of interest."""
        return np.zeros(1)


IDLE = Task(
    id="overhead/idle-v1",
    summary="Nothing happens: measures the harness.",
    env="ilbench.bench.overhead:IdleEnv",
    packages=(),
    extra="all",
    horizon=500,
    success_rule="ever",
    observation=(Field(name="state", shape=(16,), description="Ones."),),
    action=ActionField(shape=(4,), low=-1.0, high=1.0),
    data="ilbench.bench:idle",
    make_contexts="",
    splits=(
        Split(name="train", num_contexts=1, description="Nothing."),
        Split(name="test", num_contexts=1, description="Nothing."),
    ),
    presets={name: Preset(num_contexts=1) for name in ("smoke", "standard", "full")},
    source="this project",
    license="MIT",
)


def _bare_episode(task: Task, env: Environment, context: Any, seed: int, rng: np.random.Generator) -> int:
    """Plays one episode and returns its number of steps."""
    _, info = env.reset(seed=seed, options={"context": context})
    progress = EpisodeProgress(task, info)
    while True:
        for action in _random_actions(task.action, rng):
            _, reward, terminated, truncated, info = env.step(action)
            if progress.step(reward, terminated, truncated, info):
                return progress.length


def _random_actions(action: ActionField, rng: np.random.Generator) -> Iterable[Any]:
    """Returns a block of actions, drawn at once so that the loop is as bare as can be."""
    if action.num_actions is not None:
        choices: list[int] = action.sample(rng, BLOCK).tolist()
        return choices
    return action.sample(rng, BLOCK)


def _episodes(task: Task, count: int, repeat: int) -> list[Episode]:
    size = task.split("test").num_contexts
    ids = (EpisodeId(task.id, "test", i % size, 1000 * repeat + i // size) for i in range(count))
    return [Episode(one, one.seed("bench")) for one in ids]


def _pace(num_steps: int, wall_s: float, cpu_s: float) -> Pace:
    return Pace(steps_per_s=num_steps / wall_s, cpu_us=1e6 * cpu_s / num_steps, num_steps=num_steps)
