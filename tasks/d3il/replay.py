"""People's commands played in our environments, without looking: does the arm move as D3IL's did?

Where cubes are pushed, a replay says little by itself: a nudge that differs in its last digits soon turns a
cube the other way. It is told beside a replay of the same commands rounded to two micrometers; one file of
recordings is itself rounded to one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.importing import load_object
from ilbench.tasks.d3il.rod import RodEnv

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from ilbench.contract.task import Context, Task
    from ilbench.demonstrations.trajectory import Trajectory
    from ilbench.tasks.d3il.layout import Timing

ROUNDING_M = 2e-6
PLANAR = 2
"""Entries of the set-point, and of the measured tool after it, in the state of a planar task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A recording's commands, played.

    Attributes:
        ends_as_recorded: Whether it succeeds where the recording does, and not elsewhere.
        shows_recorded_mode: Whether it shows the recording's mode.
        grazed: Whether the rod touched a cylinder between two looks.
        recorded: Where the people's tool was before each step up to the success, m, shape (T, 2).
        played: Where ours was, likewise.
        objects_m: How far each object ends from where the recording leaves it, seen from above, m.
        rounded_m: How far each ends from there when the commands are rounded to `ROUNDING_M`.
    """

    ends_as_recorded: bool
    shows_recorded_mode: bool
    grazed: bool
    recorded: NDArray[np.float64]
    played: NDArray[np.float64]
    objects_m: tuple[float, ...]
    rounded_m: tuple[float, ...]

    @property
    def tool_m(self) -> NDArray[np.float64]:
        """How far the tool is from the recorded one, m, shape (T,)."""
        distances: NDArray[np.float64] = np.linalg.norm(self.played - self.recorded, axis=1)
        return distances


def play(task: Task, recording: Trajectory, timing: Timing | None = None) -> Replay:
    """Returns what comes of a recording's commands.

    Args:
        task: A planar rod task.
        recording: Of people, in our fields; see `ilbench.tasks.d3il.archive`.
        timing: Another than the task's own.
    """
    env = _make_env(task, timing)
    states = recording.observations["state"].astype(np.float64)
    commands = states[0, :PLANAR] + np.cumsum(recording.actions.astype(np.float64), axis=0)
    context = _context(task, states[0])
    tools, info = _run(env, context, commands)
    ends = _objects(env)
    left = states[-1, 2 * PLANAR :].reshape(-1, 4)[:, :2]
    rounded: tuple[float, ...] = ()
    if len(ends):
        _run(env, context, ROUNDING_M * (commands / ROUNDING_M).round())
        rounded = _distances(_objects(env), ends)
    env.close()
    count = min(len(tools), len(states))
    return Replay(
        ends_as_recorded=info["success"] == recording.success,
        shows_recorded_mode=info["mode"] == recording.mode,
        grazed=info.get("grazed", False),
        recorded=states[:count, PLANAR : 2 * PLANAR],
        played=tools[:count],
        objects_m=_distances(ends, left),
        rounded_m=rounded,
    )


def report(task: Task, replays: Sequence[Replay]) -> Iterable[str]:
    """Yields sentences for people about all replays of a task's recordings."""
    count = len(replays)
    tool_mm: NDArray[np.float64] = 1000.0 * np.concatenate([replay.tool_m for replay in replays])
    yield f"{task.id}: {count} recordings, played without looking"
    yield f"end as recorded     {sum(replay.ends_as_recorded for replay in replays)}"
    yield f"recorded mode       {sum(replay.shows_recorded_mode for replay in replays)}"
    if any(replay.grazed for replay in replays):
        yield f"grazed a cylinder   {sum(replay.grazed for replay in replays)}"
    yield f"tool, mm            {_quantiles(tool_mm)}"
    if replays[0].objects_m:
        yield f"objects' ends, mm   {_quantiles(_all_mm(replays, lambda replay: replay.objects_m))}"
        yield f"  rounded to 2 µm   {_quantiles(_all_mm(replays, lambda replay: replay.rounded_m))}"


def paths_figure(task: Task, replays: Sequence[Replay]) -> Figure:
    """Returns a figure of the tool's recorded paths (wide, gray) with the played ones on them (thin, red)."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.2, 4.6), layout="constrained", dpi=160)
    axes = figure.subplots()
    for number, replay in enumerate(replays):
        of_all = number == 0  # one entry in the legend stands for all
        axes.plot(*replay.recorded.T, color="0.75", linewidth=2.4, label="recorded" if of_all else None)
        axes.plot(
            *replay.played.T, color="tab:red", linewidth=0.5, label="played" if of_all else None, zorder=3
        )
    axes.set_aspect("equal")
    axes.set_xlabel("x (m)")
    axes.set_ylabel("y (m)")
    axes.set_title(f"{task.id}: the tool in {len(replays)} recordings", fontsize=9)
    axes.legend(fontsize=7)
    return figure


def _all_mm(replays: Sequence[Replay], of: Callable[[Replay], tuple[float, ...]]) -> NDArray[np.float64]:
    return 1000.0 * np.array([value for replay in replays for value in of(replay)])


def _quantiles(values: NDArray[np.float64]) -> str:
    quarter, median, three_quarters, most = np.percentile(values, (25, 50, 75, 95))
    return f"median {median:.4f} (quarters {quarter:.4f} and {three_quarters:.4f}), 95 % below {most:.4f}"


def _make_env(task: Task, timing: Timing | None) -> RodEnv:
    """Returns the task's environment, without disturbances."""
    options: dict[str, Any] = {**task.env_options}
    kind = load_object(options.pop("env"))
    options.pop("scales")
    env: RodEnv = kind(**options, timing=timing)
    return env


def _context(task: Task, state: NDArray[np.float64]) -> Context:
    """Returns the context that begins as a state does."""
    poses = state[2 * PLANAR :].reshape(-1, 4)
    context = dict(task.contexts("train")[0])
    if len(poses):
        context["objects"] = [
            [x, y, float(np.arctan2(sine, cosine))] for x, y, sine, cosine in poses.tolist()
        ]
    return context


def _run(
    env: RodEnv, context: Context, commands: NDArray[np.float64]
) -> tuple[NDArray[np.float64], dict[str, Any]]:
    """Plays set-points; returns the tool before each until the success, shape (T, 2), and the last info."""
    _, info = env.reset(seed=0, options={"context": context})
    tools = []
    for command in commands:
        if not info["success"]:
            tools.append(env.situation.tool[:PLANAR])
        *_, info = env.step(command - np.array(env.set_point[:PLANAR]))
    return np.array(tools), info


def _objects(env: RodEnv) -> NDArray[np.float64]:
    """Returns where the objects are, seen from above, m, shape (N, 2)."""
    return np.array([pose[:2] for pose in env.situation.objects]).reshape(-1, 2)


def _distances(ends: NDArray[np.float64], others: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(np.linalg.norm(ends - others, axis=1).tolist())
