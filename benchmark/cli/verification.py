"""``ilbench verify``: whether a policy's records depend on anything but its episodes."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ilbench.cli.evaluation import resolve, selected_tasks
from ilbench.cli.training import CHECKPOINTS
from ilbench.digest import text_digest
from ilbench.errors import ILBenchError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ilbench.contract.task import Task
    from ilbench.runner.submission import Submission
    from ilbench.runs.folder import Run
    from ilbench.runs.plan import Block

SETTINGS = ((1, 1), (1, 8), (2, 8))


def verify(
    submission: Annotated[str, typer.Argument(metavar="SUBMISSION", help="As for 'ilbench run'.")],
    task: Annotated[list[str] | None, typer.Option(help="Task id; give it again for more.")] = None,
    suite: Annotated[list[str] | None, typer.Option(help="Every task of a suite.")] = None,
    contexts: Annotated[int, typer.Option(min=1, help="Contexts of the test split.")] = 8,
    repeats: Annotated[int, typer.Option(min=1, help="Episodes on each context.")] = 1,
    training_seed: Annotated[int, typer.Option(help="Which training of a baseline.")] = 0,
    checkpoints: Annotated[Path, typer.Option(help="Where 'ilbench train' left them.")] = CHECKPOINTS,
) -> None:
    """Play the same episodes under other workers and lanes, and killed half-way; compare the records.

    Each run has its digest over all records, times aside; exit code 1 if any differs. A policy whose
    rows influence each other, or that draws from a generator shared by its lanes, is found out here.

    Example:  ilbench verify diffusion --task d3il/avoiding-v2 --repeats 32
    """
    from ilbench.runs.plan import make_plan

    chosen = selected_tasks(task or [], suite or [])
    differing = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, found in chosen:
            resolved = resolve(submission, [found], checkpoints, training_seed)
            plan = make_plan([found], splits=["test"], num_contexts=contexts, num_repeats=repeats)
            digests = {
                f"{workers} × {lanes}": _play(Path(folder) / "run", resolved, found, plan, workers, lanes)
                for workers, lanes in SETTINGS
            }
            arguments = [
                *("run", submission, "--task", name, "--split", "test", "--contexts", str(contexts)),
                *("--repeats", str(repeats), "--training-seed", str(training_seed)),
                *("--checkpoints", str(checkpoints), "--out", str(Path(folder) / "run")),
            ]
            killed_at = _kill_half_way(arguments, Path(folder) / "run")
            digests[f"killed at {killed_at}"] = _play(Path(folder) / "run", resolved, found, plan, 2, 8)
            same = len(set(digests.values())) == 1
            differing += not same
            shown = ", ".join(f"{setting}: {digest[:8]}" for setting, digest in digests.items())
            print(f"{'same     ' if same else 'DIFFERENT'}  {found.id}  {shown}", flush=True)
    raise SystemExit(1 if differing else 0)


def _play(
    folder: Path,
    submission: Submission,
    task: Task,
    plan: Sequence[Block],
    workers: int,
    lanes: int,
) -> str:
    """Plays a run to its end, removes it, and returns the digest of its records."""
    from ilbench.runner.evaluation import evaluate, make_header, open_run
    from ilbench.runner.lineup import Lineup, Resources

    run = open_run(folder, make_header(submission, [task], plan, "custom"))
    lineup = Lineup(tasks={task.id: task}, policies=submission.policies)
    finished = evaluate(run, lineup, Resources(num_workers=workers, num_lanes=min(lanes, lineup.width)))
    shutil.rmtree(folder)
    return _digest(finished)


def _digest(run: Run) -> str:
    return text_digest("".join(record.digest() for record in run.records))


def _kill_half_way(arguments: list[str], folder: Path) -> str:
    """Starts a run in a process of its own, kills it half-way, and returns how far it had come."""
    from ilbench.runs.folder import JOURNAL, load_header
    from ilbench.runs.plan import expand

    command = [sys.executable, "-c", "from ilbench.cli import main; main()", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    journal, num_played, total = folder / JOURNAL, 0, 2
    while num_played < total / 2:
        if process.poll() is not None and not journal.exists():
            raise ILBenchError(f"the run to be killed ended early; try it: ilbench {' '.join(arguments)}")
        time.sleep(0.005)
        if journal.exists():
            num_played = journal.read_bytes().count(b"\n")
            total = len(expand(load_header(folder).plan))
        if process.poll() is not None:
            break
    process.kill()
    process.wait()
    return f"{num_played} of {total}"
