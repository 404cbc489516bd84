"""ILBench: imitation-learning policies scored on success, diversity and generalization.

A tour, in the order in which a researcher needs it::

    import ilbench

    task = ilbench.task("d3il/avoiding-v3")             # ilbench.tasks(suite="d3il") lists them
    data = ilbench.load_demonstrations(task.id)         # made once by: ilbench demos d3il/avoiding-v3
    run = ilbench.run(policy, task=task, repeats=20)    # an object: played here, amid your training loop
    run = ilbench.run("./mine", task=task, preset="full")  # a folder, an import string or a baseline's name
    scores = ilbench.score(run)[task.id]                # value, interval and n
    scores.splits["test"].success
    ilbench.compare(run, "results/runs/diffusion")  # is it better, on the same episodes?
    board = ilbench.leaderboard(run, "results/runs")    # ilbench.leaderboard.render(board, "latex")
    ilbench.replay(run, "test:0:3", policy="./mine", video="episode.mp4")
    list(ilbench.verify(policy, task=task))             # do records depend on lanes, workers, a crash?
    ilbench.verify_run("theirs", policy="./theirs", fresh=100).rung  # can somebody's run be believed?

Every name below is loaded when it is first used, so importing this package is quick. The same is on the
command line: ``ilbench --help``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ilbench.contract.gymnasium_registration import register_when_imported

if TYPE_CHECKING:
    from ilbench.contract.fields import ActionField as ActionField
    from ilbench.contract.fields import Field as Field
    from ilbench.contract.registry import find_task as find_task
    from ilbench.contract.registry import load_registry as load_registry
    from ilbench.contract.task import DemonstrationPlan as DemonstrationPlan
    from ilbench.contract.task import Preset as Preset
    from ilbench.contract.task import Split as Split
    from ilbench.contract.task import Task as Task
    from ilbench.contract.task_list import TaskList as TaskList
    from ilbench.contract.task_list import find_list as find_list
    from ilbench.demonstrations import Demonstrations as Demonstrations
    from ilbench.demonstrations import load_demonstrations as load_demonstrations
    from ilbench.demonstrations.training import train as train
    from ilbench.errors import ILBenchError as ILBenchError
    from ilbench.front.bundling import check_bundles as check_bundles
    from ilbench.front.bundling import pack as pack
    from ilbench.front.checking import check_submission as check_submission
    from ilbench.front.examining import replay as replay
    from ilbench.front.examining import verify as verify
    from ilbench.front.examining import verify_run as verify_run
    from ilbench.front.finding import task as task
    from ilbench.front.finding import tasks as tasks
    from ilbench.front.playing import run as run
    from ilbench.front.scoring import compare as compare
    from ilbench.front.scoring import leaderboard as leaderboard
    from ilbench.front.scoring import score as score
    from ilbench.run_trajectories import trajectories as trajectories
    from ilbench.runner.playing import RunProgress as RunProgress
    from ilbench.runs.folder import Run as Run
    from ilbench.runs.folder import load_run as load_run
    from ilbench.runs.folder import load_runs as load_runs
    from ilbench.runs.record import EpisodeRecord as EpisodeRecord

__version__ = "0.1.0"

_HOMES = {
    "ActionField": "ilbench.contract.fields",
    "DemonstrationPlan": "ilbench.contract.task",
    "Demonstrations": "ilbench.demonstrations",
    "EpisodeRecord": "ilbench.runs.record",
    "Field": "ilbench.contract.fields",
    "ILBenchError": "ilbench.errors",
    "Preset": "ilbench.contract.task",
    "Run": "ilbench.runs.folder",
    "RunProgress": "ilbench.runner.playing",
    "Split": "ilbench.contract.task",
    "Task": "ilbench.contract.task",
    "TaskList": "ilbench.contract.task_list",
    "check_bundles": "ilbench.front.bundling",
    "check_submission": "ilbench.front.checking",
    "compare": "ilbench.front.scoring",
    "find_list": "ilbench.contract.task_list",
    "find_task": "ilbench.contract.registry",
    "leaderboard": "ilbench.leaderboard",
    "load_demonstrations": "ilbench.demonstrations",
    "load_registry": "ilbench.contract.registry",
    "load_run": "ilbench.runs.folder",
    "load_runs": "ilbench.runs.folder",
    "pack": "ilbench.front.bundling",
    "replay": "ilbench.front.examining",
    "run": "ilbench.front.playing",
    "score": "ilbench.front.scoring",
    "task": "ilbench.front.finding",
    "tasks": "ilbench.tasks",
    "train": "ilbench.demonstrations.training",
    "trajectories": "ilbench.run_trajectories",
    "verify": "ilbench.front.examining",
    "verify_run": "ilbench.front.examining",
}
"""Where each public name lives. Two are packages that are also functions, see `ilbench.callable_module`."""

__all__ = list(_HOMES)

register_when_imported()


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'ilbench' has no attribute {name!r}")
    home = import_module(_HOMES[name])
    return home if _HOMES[name] == f"{__name__}.{name}" else getattr(home, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
