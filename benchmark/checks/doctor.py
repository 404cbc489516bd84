"""The doctor: what of an installation is as the tasks expect it, one finding a line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Literal, TypeAlias

from ilbench.checks.golden import GoldenResult, GoldenTrajectoryError, replay_golden
from ilbench.contract.task import Task, installed_version
from ilbench.errors import install_command
from ilbench.home import cache_folder
from ilbench.streams import ProcessDiedError, stream

Status: TypeAlias = Literal["ok", "warning", "error"]

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
    """

    status: Status
    subject: str
    message: str
    remedy: str = ""


def examine(registry: Mapping[str, Task]) -> Iterator[Finding]:
    """Yields the findings: Python, packages, cache, rendering, and the golden trajectory of each task.

    Foreign code (simulators, graphics drivers) runs in processes of its own, so that its crash is a
    finding. Nothing is changed but a file in the cache folder, which is removed again.
    """
    tasks = tuple(registry.values())
    yield examine_python(sys.version_info[:2])
    yield from examine_packages(tasks)
    yield examine_cache(cache_folder())
    if installed_version("mujoco") is not None:
        yield examine_rendering()
    yield from examine_golden(tasks)


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


def examine_golden(tasks: Sequence[Task]) -> Iterator[Finding]:
    """Yields one finding for each task: does its golden trajectory replay?

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
    """Yields the finding on each task's golden trajectory, replayed here and now."""
    for task in tasks:
        try:
            yield _judged(task, replay_golden(task))
        except GoldenTrajectoryError as error:
            yield Finding(status="warning", subject=task.id, message=f"not checked: {error}")
        except Exception as error:
            yield Finding(
                status="error",
                subject=task.id,
                message=f"the environment failed: {type(error).__name__}: {error}",
                remedy=_reinstall(task),
            )


def _judged(task: Task, result: GoldenResult) -> Finding:
    if result.verdict == "identical":
        return Finding(status="ok", subject=task.id, message="replays its golden trajectory bit for bit")
    parts = ", ".join(result.parts)
    if result.verdict == "close":
        return Finding(
            status="warning",
            subject=task.id,
            message=f"replays its golden trajectory up to rounding: from step {result.step} on {parts} differ"
            f" by at most {result.difference:.1e}; records may differ from those of other machines",
            remedy=_reinstall(task) if result.packages else "",
        )
    versions = [f"{name} {found} instead of {recorded}" for name, recorded, found in result.packages]
    cause = ", ".join(versions) or (
        "no package has another version than recorded, so code, data, drivers or processor differ"
    )
    return Finding(
        status="error",
        subject=task.id,
        message=f"does not replay its golden trajectory: from step {result.step} on {parts} differ by up to"
        f" {result.difference:.1e} ({cause})",
        remedy=_reinstall(task),
    )


def _skipped(task: Task, missing: str) -> Finding:
    return Finding(
        status="warning",
        subject=task.id,
        message=f"not checked: {missing} is not installed",
        remedy=install_command(task.extra),
    )


def _crashed(task: Task) -> Finding:
    return Finding(
        status="error",
        subject=task.id,
        message="its process died while the golden trajectory was replayed: the simulator crashed",
        remedy=_reinstall(task),
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
