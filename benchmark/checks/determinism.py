"""Whether training and acting give the same bits on other processors, tried under emulated ones.

The same short trainings, and some episodes with the weights that come of them, are played in a process of its
own on this processor, and under ``qemu-x86_64 -cpu NAME`` (QEMU's user-mode emulation, which runs a program
of this system on an emulated processor, with the instructions and the vendor's name that libraries ask for
when they choose their kernels). One process plays all that is asked for, since importing torch is most of the
time under emulation.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from ilbench.arithmetic import VARIABLE, Arithmetic, arithmetic_environment
from ilbench.errors import ILBenchError

EMULATOR = "qemu-x86_64"
PROCESSORS = ("Haswell", "Skylake-Client", "EPYC-Rome")
"""Two of Intel's and one of AMD's, all with AVX2: what QEMU 7.2 emulates without warnings."""
NATIVE = "native"

TRIALS = """
import json, sys, time
from dataclasses import replace
from pathlib import Path
from ilbench.arithmetic import fix_arithmetic
fix_arithmetic()
import ilbench
from ilbench.contract.baseline import find_baseline
from ilbench.importing import load_object
from ilbench.runs.records_digest import records_digest

work, folder = json.loads(sys.argv[1]), Path(sys.argv[2])
for place, trial in enumerate(work["trials"]):
    task, method = ilbench.task(trial["task"]), find_baseline(trial["baseline"])
    clock = [(0, time.process_time())]
    ilbench.train(
        method.name, task, steps=work["steps"], demonstrations=trial["demonstrations"],
        folder=folder / str(place), progress=lambda done, *_: clock.append((done, time.process_time())),
    )
    policy = load_object(method.entry)(folder=folder / str(place))
    short = replace(task, horizon=min(task.horizon, work["horizon"]))
    run = ilbench.run(
        policy, task=short, split="test", contexts=1, repeats=work["episodes"], lanes=1, nonce="published"
    )
    (first, begun), (last, ended) = clock[len(clock) > 2], clock[-1]  # without what comes before training
    told = {
        "weights": method.training.described(folder / str(place)).weights,
        "records": records_digest(run).digest,
        "train_ms": 1000.0 * (ended - begun) / max(1, last - first),
        "act_ms": 1000.0 * sum(r.times.policy_s for r in run.records) / sum(r.length for r in run.records),
    }
    print(json.dumps(told), flush=True)
"""
"""What the process does. It uses what any script would: the front door, whose room this one is below."""


class TrialError(ILBenchError):
    """A short training that could not be played, here or under the emulator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A short training to be tried.

    Attributes:
        baseline: Name of a trainable baseline.
        task: Id of the task.
        demonstrations: Name of the task's data set, which is there already.
    """

    baseline: str
    task: str
    demonstrations: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """How much of it is played.

    Attributes:
        steps: Gradient steps.
        episodes: Episodes on the first test context.
        horizon: Control steps of each, at most.
    """

    steps: int = 40
    episodes: int = 2
    horizon: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a trial.

    Attributes:
        baseline: Which method.
        task: On which task.
        processor: `NATIVE`, or the emulated one.
        weights: Digest of the trained weights.
        records: Digest of the episodes' records.
        train_ms: Processor time of a gradient step.
        act_ms: Time of an action.
    """

    baseline: str
    task: str
    processor: str
    weights: str
    records: str
    train_ms: float
    act_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What the fixed arithmetic costs a baseline: times under it, and their ratios to the native ones."""

    baseline: str
    task: str
    train_ms: float
    train_ratio: float
    act_ms: float
    act_ratio: float


def has_emulator() -> bool:
    """Returns whether QEMU's user-mode emulation is installed."""
    return shutil.which(EMULATOR) is not None


def play_trials(
    trials: Sequence[Trial],
    amount: Amount,
    folder: Path,
    *,
    processor: str = NATIVE,
    arithmetic: Arithmetic = "fixed",
) -> Iterator[Outcome]:
    """Yields the outcome of each trial, as they come, from one process.

    Args:
        trials: What to try, in order.
        amount: How much of it.
        folder: An empty folder for the checkpoints.
        processor: `NATIVE`, or a name that ``qemu-x86_64 -cpu help`` lists.
        arithmetic: How the process computes.

    Raises:
        TrialError: The process failed.
    """
    work = {
        "trials": [_as_json(trial) for trial in trials],
        "steps": amount.steps,
        "episodes": amount.episodes,
        "horizon": amount.horizon,
    }
    emulated = [] if processor == NATIVE else [EMULATOR, "-cpu", processor]
    environment = arithmetic_environment(arithmetic, {**os.environ, VARIABLE: arithmetic})
    command = [*emulated, sys.executable, "-W", "ignore", "-c", TRIALS, json.dumps(work), str(folder)]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        output, errors = process.communicate()
    told = output.splitlines()
    if process.returncode != 0 or len(told) != len(trials):
        reason = next((line for line in reversed(errors.splitlines()) if line.strip()), "no word")
        raise TrialError(
            f"the trainings on processor {processor} stopped with exit code {process.returncode} after "
            f"{len(told)} of {len(trials)}: {reason}"
        )
    for trial, line in zip(trials, told, strict=True):
        yield Outcome(baseline=trial.baseline, task=trial.task, processor=processor, **json.loads(line))


def differing(outcomes: Iterable[Outcome]) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Returns, by baseline and task, the processors whose weights or records are not the native ones."""
    found = list(outcomes)
    native = {
        (one.baseline, one.task): (one.weights, one.records) for one in found if one.processor == NATIVE
    }
    return {
        key: names
        for key in native
        if (
            names := tuple(
                one.processor
                for one in found
                if (one.baseline, one.task) == key and (one.weights, one.records) != native[key]
            )
        )
    }


def cost_of(fixed: Sequence[Outcome], native: Sequence[Outcome]) -> list[Cost]:
    """Returns what the fixed arithmetic costs, medians over repeated outcomes of each baseline and task."""
    keys = dict.fromkeys((one.baseline, one.task) for one in fixed)
    return [_cost(*key, _of(fixed, key), _of(native, key)) for key in keys]


def _of(outcomes: Sequence[Outcome], key: tuple[str, str]) -> tuple[float, float]:
    chosen = [one for one in outcomes if (one.baseline, one.task) == key]
    return median(one.train_ms for one in chosen), median(one.act_ms for one in chosen)


def _cost(baseline: str, task: str, fixed: tuple[float, float], native: tuple[float, float]) -> Cost:
    return Cost(
        baseline=baseline,
        task=task,
        train_ms=fixed[0],
        train_ratio=fixed[0] / native[0],
        act_ms=fixed[1],
        act_ratio=fixed[1] / native[1],
    )


def _as_json(trial: Trial) -> Mapping[str, Any]:
    return {"baseline": trial.baseline, "task": trial.task, "demonstrations": trial.demonstrations}
