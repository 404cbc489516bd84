"""How long a leaderboard takes: made-up runs on disk, scored by the command line in a process of its own."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import numpy as np

from ilbench.contract.policy import DEFAULT_WIDTH
from ilbench.contract.task import Task
from ilbench.runs.folder import JOURNAL, RunHeader, create_run, utc_now
from ilbench.runs.identity import PROTOCOL, EpisodeId, policy_seed
from ilbench.runs.journal import to_line
from ilbench.runs.nonce import PUBLISHED_NONCE
from ilbench.runs.plan import Block
from ilbench.runs.record import EpisodeRecord, Times
from ilbench.runs.submission_info import SubmissionInfo

SCORED = """
import sys
from ilbench.cli import main
from ilbench.bench.scoring_speed import peak_memory_gib
try:
    main()
finally:
    print(peak_memory_gib(), file=sys.stderr)
"""
"""The ``ilbench`` command, which says at last how much memory it took."""

NUM_TASKS = 50
NUM_SEEDS = 5
SUCCESS_RATE = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringPace:
    """What a leaderboard cost.

    Attributes:
        num_records: Episode records that were read.
        wall_s: Seconds from start to end of the process.
        cpu_s: Seconds of processor time, all its threads together.
        memory_gib: The most memory that it held at once.
    """

    num_records: int
    wall_s: float
    cpu_s: float
    memory_gib: float


def write_runs(
    folder: Path,
    registry: Mapping[str, Task],
    num_records: int,
    progress: Callable[[int], object] | None = None,
    *,
    seed: int = 0,
) -> int:
    """Writes `NUM_SEEDS` sealed runs of one made-up policy on `NUM_TASKS` tasks, and returns their records.

    Args:
        folder: Where the run folders go.
        registry: Tasks by id; taken evenly from all of them.
        num_records: At least so many, dealt evenly over training seeds and tasks.
        progress: Called with the number of records written, a task at a time.
        seed: Of the outcomes.
    """
    rng = np.random.default_rng(seed)
    tasks = list(registry.values())[:: max(1, len(registry) // NUM_TASKS)][:NUM_TASKS]
    wanted = ceil(num_records / NUM_SEEDS / len(tasks))
    written = 0
    for training_seed in range(NUM_SEEDS):
        path = folder / f"seed-{training_seed}"
        blocks = tuple(_block(task, wanted) for task in tasks)
        create_run(path, _header(training_seed, blocks))
        with (path / JOURNAL).open("w", encoding="utf-8") as file:
            for block, task in zip(blocks, tasks, strict=True):
                lines = [to_line(_record(episode, task, rng)) for episode in block.episodes()]
                file.writelines(lines)
                written += len(lines)
                if progress is not None:
                    progress(written)
    return written


def measure_leaderboard(folder: Path, num_records: int) -> ScoringPace:
    """Returns what ``ilbench leaderboard FOLDER --format json`` costs, start of the process included.

    Args:
        folder: From `write_runs`.
        num_records: That it holds.

    Raises:
        CalledProcessError: The command failed.
    """
    out = folder / "board.json"
    command = [
        sys.executable,
        "-c",
        SCORED,
        "leaderboard",
        str(folder),
        "--format",
        "json",
        "--out",
        str(out),
    ]
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert process.stderr is not None
    shown = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - start
    process.stderr.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, stderr=shown)
    return ScoringPace(
        num_records=num_records,
        wall_s=wall_s,
        cpu_s=usage.ru_utime + usage.ru_stime,
        memory_gib=float(shown.split()[-1]),
    )


def peak_memory_gib() -> float:
    """Returns the most memory that this process has held at once.

    Linux counts it from the start of the program in ``VmHWM``; ``ru_maxrss`` is at least what the process
    that started this one held then.
    """
    status = Path("/proc/self/status")
    if status.exists():
        fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(fields["VmHWM"].split()[0]) / 2**20
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**30 if sys.platform == "darwin" else 2**20)


def _block(task: Task, num_episodes: int) -> Block:
    num_contexts = min(task.split("test").num_contexts, num_episodes)
    return Block(
        task=task.id, split="test", num_contexts=num_contexts, num_repeats=ceil(num_episodes / num_contexts)
    )


def _header(training_seed: int, blocks: tuple[Block, ...]) -> RunHeader:
    return RunHeader(
        protocol=PROTOCOL,
        nonce=PUBLISHED_NONCE,
        width=DEFAULT_WIDTH,
        submission=SubmissionInfo(
            name="made up", kind="object", entry="none", digest="0" * 32, training_seed=training_seed
        ),
        preset="custom",
        plan=blocks,
        tasks={block.task: "0" * 32 for block in blocks},
        packages={},
        machine={},
        created=utc_now(),
    )


def _record(episode: EpisodeId, task: Task, rng: np.random.Generator) -> EpisodeRecord:
    success = bool(rng.random() < SUCCESS_RATE)
    numbers = rng.integers(2**63, size=2).tolist()
    return EpisodeRecord(
        **episode._asdict(),
        env_seed=episode.seed("environment"),
        policy_seed=policy_seed(episode, PROTOCOL, PUBLISHED_NONCE),
        initial_digest=f"{numbers[0]:032x}",
        status="ok",
        reason=None,
        success=success,
        episode_return=float(rng.normal()),
        length=int(rng.integers(1, task.horizon + 1)),
        terminated=success,
        truncated=not success,
        mode=int(rng.integers(len(task.modes))) if task.modes else None,
        action_digest=f"{numbers[1]:032x}",
        times=Times(env_s=float(rng.random()), policy_s=float(rng.random())),
        final_success=success if task.reports_final_success else None,
    )
