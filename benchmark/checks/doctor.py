"""The doctor: what of an installation is as the tasks expect it, one finding a line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from ilbench.arithmetic import VARIABLE, in_force
from ilbench.checks.golden import GoldenResult, GoldenTrajectoryError, replay_golden
from ilbench.checks.starts import StartsError, StartsResult, replay_starts
from ilbench.contract.task import Task, installed_version
from ilbench.errors import install_command
from ilbench.home import cache_folder
from ilbench.processor import processor_name
from ilbench.streams import ProcessDiedError, stream

Status: TypeAlias = Literal["ok", "warning", "error"]
Replay: TypeAlias = Literal["as published", "otherwise", "not checked", "not installed"]
"""How a task plays here."""

PYTHON_FROM, PYTHON_BELOW = (3, 11), (3, 13)
FREE_SPACE_GB = 2.0
"""Below this a large set of image demonstrations may not fit."""
RENDERERS = {"egl": "libegl1 libgl1-mesa-dri", "osmesa": "libosmesa6"}
"""Ways to render without a display, the faster first, and the Debian packages each needs."""
RENDER_TIMEOUT_S = 60.0
RENDER_TRIAL = """
import mujoco
model = mujoco.MjModel.from_xml_string(
    "<mujoco><worldbody><light pos='0 0 3'/><geom type='sphere' size='1'/></worldbody></mujoco>"
)
data = mujoco.MjData(model)
mujoco.mj_forward(model, data)
with mujoco.Renderer(model, 32, 32) as renderer:
    renderer.update_scene(data)
    raise SystemExit(0 if renderer.render().any() else "the image is black")
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at.

    Attributes:
        status: ``error``: something asked of this project will fail or give other numbers. ``warning``:
            it may, or something optional is absent.
        subject: What was looked at: a package, a task, the cache.
        message: What was found.
        remedy: What to do, a command where there is one; empty when nothing has to be done.
        replay: For a task, how it plays here.
    """

    status: Status
    subject: str
    message: str
    remedy: str = ""
    replay: Replay | None = None


def examine(registry: Mapping[str, Task]) -> Iterator[Finding]:
    """Yields the findings: Python, packages, cache, rendering, and how each task plays here.

    Foreign code (simulators, graphics drivers) runs in processes of its own, so that its crash is a
    finding. Nothing is changed but a file in the cache folder, which is removed again.
    """
    tasks = tuple(registry.values())
    yield examine_python(sys.version_info[:2])
    yield from examine_packages(tasks)
    yield examine_cache(cache_folder())
    if installed_version("mujoco") is not None:
        yield examine_rendering()
    yield from examine_tasks(tasks)


def summary(findings: Sequence[Finding]) -> str:
    """Returns how many tasks play as published, and how many do not or could not be played, in a line."""
    found = Counter(finding.replay for finding in findings if finding.replay is not None)
    counts = [
        f"{found[replay]} {replay}"
        for replay in get_args(Replay)
        if found[replay] or replay == "as published"
    ]
    return f"{found.total()} tasks: {', '.join(counts)}"


def examine_python(found: tuple[int, ...]) -> Finding:
    """Returns whether the interpreter's version is supported."""
    text = ".".join(map(str, found))
    if PYTHON_FROM <= found[:2] < PYTHON_BELOW:
        return Finding(status="ok", subject="python", message=text)
    low, high = (".".join(map(str, v)) for v in (PYTHON_FROM, PYTHON_BELOW))
    return Finding(
        status="error",
        subject="python",
        message=f"version {text}; supported are {low} up to, but not including, {high}",
        remedy=f"make a virtual environment with python{low}",
    )


def examine_packages(tasks: Sequence[Task]) -> Iterator[Finding]:
    """Yields one finding for each package that any task needs: installed, and in the recorded version?"""
    for name in dict.fromkeys(name for task in tasks for name in task.packages):
        users = [task for task in tasks if name in task.packages]
        recorded = {v for task in users if (v := task.golden().get("packages", {}).get(name))}
        found = installed_version(name)
        if found is None:
            yield Finding(
                status="warning",
                subject=name,
                message=f"not installed; needed by {_listed(users)}",
                remedy=install_command(users[0].extra),
            )
        elif recorded and found not in recorded:
            yield Finding(
                status="warning",
                subject=name,
                message=f"version {found}; {_listed(users)} expect {' or '.join(sorted(recorded))}",
                remedy=f"pip install '{name}=={max(recorded)}'",
            )
        else:
            yield Finding(status="ok", subject=name, message=found)


def examine_cache(folder: Path) -> Finding:
    """Returns whether the cache folder takes files, and how much room it has."""
    remedy = "point ILBENCH_HOME to a folder with room"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            free_gb = shutil.disk_usage(folder).free / 1e9
    except OSError as error:
        return Finding(status="error", subject="cache", message=f"{folder}: {error}", remedy=remedy)
    message = f"{folder}, {free_gb:.1f} GB free"
    if free_gb < FREE_SPACE_GB:
        return Finding(status="warning", subject="cache", message=message, remedy=remedy)
    return Finding(status="ok", subject="cache", message=message)


def examine_rendering() -> Finding:
    """Returns whether MuJoCo can draw without a display, tried in processes of their own."""
    problems = []
    for backend in RENDERERS:
        problem = _render_problem(backend)
        if problem is None:
            setting = "" if os.environ.get("MUJOCO_GL") == backend else f" (MUJOCO_GL={backend})"
            return Finding(status="ok", subject="rendering", message=f"{backend} works{setting}")
        problems.append(f"{backend}: {problem}")
    return Finding(
        status="warning",
        subject="rendering",
        message=f"MuJoCo cannot draw without a display: {'; '.join(problems)}",
        remedy=" or ".join(f"apt-get install {packages}" for packages in RENDERERS.values()),
    )


def examine_tasks(tasks: Sequence[Task]) -> Iterator[Finding]:
    """Yields one finding for each task: do its golden trajectory and its starts replay?

    The tasks of a suite share a process, which loads their simulator once; a crash costs only its
    own task.
    """
    for _, suite in groupby(tasks, key=attrgetter("suite")):
        present = []
        for task in suite:
            missing = task.missing_package()
            if missing is None:
                present.append(task)
            else:
                yield _skipped(task, missing)
        yield from _replayed_apart(present)


def _replayed_apart(tasks: Sequence[Task]) -> Iterator[Finding]:
    """Yields the finding on each task, from one process as long as that lives."""
    left = list(tasks)
    while left:
        with closing(stream(_replayed, [left])) as findings:
            try:
                for _, finding in findings:
                    yield finding
                    left = left[1:]
            except ProcessDiedError:
                yield _crashed(left[0])
                left = left[1:]


def _replayed(tasks: Sequence[Task]) -> Iterator[Finding]:
    """Yields the finding on each task, replayed here and now."""
    for task in tasks:
        try:
            with closing(task.make_env()) as env:
                yield judge(task, replay_golden(task, env), replay_starts(task, env))
        except (GoldenTrajectoryError, StartsError) as error:
            yield Finding(
                status="warning", subject=task.id, message=f"not checked: {error}", replay="not checked"
            )
        except Exception as error:  # whatever a simulator raises is what is to be told
            yield Finding(
                status="error",
                subject=task.id,
                message=f"the environment failed: {type(error).__name__}: {error}",
                remedy=_reinstall(task),
                replay="not checked",
            )


def judge(task: Task, golden: GoldenResult, starts: StartsResult) -> Finding:
    """Returns the finding on a task that was replayed, with what is to be done about its cause."""
    problems = [*_told_of_golden(golden), *_told_of_starts(starts)]
    if not problems:
        played = (
            f"golden trajectory and first steps of {starts.num_contexts} test contexts replay bit for bit"
        )
        return Finding(status="ok", subject=task.id, message=played, replay="as published")
    cause, remedy = _cause(task, golden, starts)
    return Finding(
        status="error" if golden.verdict == "drifted" or starts.different else "warning",
        subject=task.id,
        message=f"{'; '.join(problems)} ({cause})",
        remedy=remedy,
        replay="otherwise",
    )


def _told_of_golden(result: GoldenResult) -> Iterator[str]:
    parts = ", ".join(result.parts)
    if result.verdict == "close":
        yield (
            f"replays its golden trajectory up to rounding: from step {result.step} on {parts} differ by at "
            f"most {result.difference:.1e}, so records may differ from those of other machines"
        )
    elif result.verdict == "drifted":
        yield (
            f"does not replay its golden trajectory: from step {result.step} on {parts} differ by up to "
            f"{result.difference:.1e}"
        )


def _told_of_starts(result: StartsResult) -> Iterator[str]:
    if different := result.different:
        which = "the simulator" if result.simulator else "what is observed, not the simulator,"
        listed = ", ".join(map(str, different[:5])) + (", …" if len(different) > 5 else "")
        yield (
            f"in {len(different)} of {result.num_contexts} test contexts {which} differs in the first steps "
            f"({listed})"
        )


def _cause(task: Task, golden: GoldenResult, starts: StartsResult) -> tuple[str, str]:
    """Returns what is likely to be why a task plays otherwise, and what to do about that."""
    if golden.packages:
        versions = (f"{name} {found} instead of {recorded}" for name, recorded, found in golden.packages)
        return ", ".join(versions), _reinstall(task)
    if in_force() == "native":
        return (
            "packages are as recorded, but NumPy computes in this processor's own arithmetic",
            f"unset {VARIABLE}, or set {VARIABLE}=fixed",
        )
    drawn = "image" in task.tags and not starts.simulator and "simulator" not in golden.parts
    suspects = "graphics drivers" if drawn else f"code, data, drivers or processor ({processor_name()})"
    return (
        f"packages and arithmetic are as recorded, so {suspects} differ",
        f"see rendering above; {RENDERERS['egl']} drew the published pictures"
        if drawn
        else "report it to this project, with this line",
    )


def _skipped(task: Task, missing: str) -> Finding:
    return Finding(
        status="warning",
        subject=task.id,
        message=f"not checked: {missing} is not installed",
        remedy=install_command(task.extra),
        replay="not installed",
    )


def _crashed(task: Task) -> Finding:
    return Finding(
        status="error",
        subject=task.id,
        message="its process died while it was replayed: the simulator crashed",
        remedy=_reinstall(task),
        replay="not checked",
    )


def _reinstall(task: Task) -> str:
    """Returns the command that brings a task's packages to the recorded versions."""
    pins = task.golden().get("packages", {})
    return "pip install " + " ".join(
        f"'{name}=={pins[name]}'" if name in pins else name for name in task.packages
    )


def _render_problem(backend: str) -> str | None:
    """Returns why MuJoCo cannot draw with a backend, or None when it can."""
    env = {**os.environ, "MUJOCO_GL": backend, "PYOPENGL_PLATFORM": backend}
    command = [sys.executable, "-c", RENDER_TRIAL]
    try:
        trial = subprocess.run(
            command, env=env, capture_output=True, text=True, timeout=RENDER_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {RENDER_TIMEOUT_S:.0f} s"
    if trial.returncode == 0:
        return None
    lines = [line for line in trial.stderr.splitlines() if line.strip()]
    return lines[-1].strip() if lines else f"exit code {trial.returncode}"


def _listed(tasks: Sequence[Task]) -> str:
    """Returns the ids of the first tasks and how many more there are."""
    shown = ", ".join(task.id for task in tasks[:3])
    return shown if len(tasks) <= 3 else f"{shown} and {len(tasks) - 3} more"
