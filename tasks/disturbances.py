"""Disturbances that any task can be given: between policy and environment, in the physics, at the cameras.

The families and their levels are named in each split. Every draw comes from the episode's own seed, so all
policies meet the same disturbance; a disturbed context is a context of ``test`` with one more entry, so
episodes pair, and ``test`` itself is severity 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ilbench.task import Context, Preset, Split, Task

ENTRY = "disturbance"
"""Name of the entry in a context."""

ENV = "ilbench.tasks.disturbed_env:DisturbedEnv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbance:
    """What is disturbed in an episode; as it stands here, nothing.

    Attributes:
        sensor_noise: Standard deviation of white Gaussian noise on every observed number, in standard
            deviations of that number over the demonstrations; on images in `GRAY_LEVELS`.
        sensor_bias: Half width of a uniform offset, drawn once an episode for every number, in the same unit.
        sensor_drop: Share of the observed numbers that read zero from start to end, at least one of them.
        observation_delay: Control steps that an observation is late.
        sticky_action: Probability that the last executed action is executed again.
        action_noise: Standard deviation of white Gaussian noise on actions, in half action ranges.
        action_delay: Control steps that an action waits; what comes before the first is zero.
        action_gain: Factor on actions.
        friction: Factor on the friction of everything.
        mass: Factor on mass and inertia of whatever moves freely.
        camera_m: How far every camera is displaced, in a direction drawn once an episode.
    """

    sensor_noise: float = 0.0
    sensor_bias: float = 0.0
    sensor_drop: float = 0.0
    observation_delay: int = 0
    sticky_action: float = 0.0
    action_noise: float = 0.0
    action_delay: int = 0
    action_gain: float = 1.0
    friction: float = 1.0
    mass: float = 1.0
    camera_m: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A disturbance in five severities.

    Attributes:
        levels: Entries of `Disturbance`, severity 1 to 5.
        text: What happens, in a sentence.
    """

    levels: Sequence[Mapping[str, float]]
    text: str


FAMILIES: Mapping[str, Family] = {
    "sensor-noise": Family(
        levels=[{"sensor_noise": sigma} for sigma in (0.01, 0.03, 0.1, 0.3, 1.0)],
        text="White Gaussian noise on every observed number: 0.01, 0.03, 0.1, 0.3, 1 of its standard "
        "deviation over the demonstrations.",
    ),
    "sensor-drop": Family(
        levels=[{"sensor_drop": share} for share in (0.03, 0.1, 0.2, 0.3, 0.5)],
        text="3, 10, 20, 30, 50 % of the observed numbers (at least one), drawn once an episode, read zero.",
    ),
    "action-noise": Family(
        levels=[{"action_noise": sigma} for sigma in (0.1, 0.2, 0.4, 0.7, 1.0)],
        text="White Gaussian noise on actions: 0.1, 0.2, 0.4, 0.7, 1 of half the action range.",
    ),
    "action-delay": Family(
        levels=[{"action_delay": steps} for steps in (1, 2, 4, 8, 16)],
        text="Actions are executed 1, 2, 4, 8, 16 control steps late.",
    ),
    "physics": Family(
        levels=[
            {"friction": friction, "mass": mass}
            for friction, mass in ((0.8, 1.5), (0.6, 2.0), (0.4, 3.0), (0.25, 4.0), (0.1, 6.0))
        ],
        text="Slippery and heavy: friction times 0.8, 0.6, 0.4, 0.25, 0.1; masses of free objects times 1.5, "
        "2, 3, 4, 6.",
    ),
    "camera": Family(
        levels=[{"camera_m": meters} for meters in (0.01, 0.02, 0.04, 0.07, 0.1)],
        text="Every camera displaced by 1, 2, 4, 7, 10 cm in a direction drawn once an episode.",
    ),
}


def disturbance_of(context: Context) -> Disturbance:
    """Returns the disturbance of a context."""
    return Disturbance(**context.get(ENTRY, {}))


def disturbed(
    task: Task,
    families: Sequence[str],
    *,
    scales: Mapping[str, Sequence[float]],
    num_contexts: int,
    shift: Preset,
) -> Task:
    """Returns a task that also has ``shift/<family>-<severity>`` splits.

    Args:
        task: The task.
        families: Names in `FAMILIES`.
        scales: By observation field, the standard deviation of each number over the demonstrations; fields
            that are not named are not disturbed.
        num_contexts: Contexts of ``test`` that are disturbed.
        shift: How much of each shift the presets standard and full run; smoke runs two contexts.
    """
    splits = tuple(
        Split(
            name=f"shift/{name}-{severity}",
            num_contexts=num_contexts,
            description=f"The first test contexts. {FAMILIES[name].text}",
            severity=severity,
            of="test",
            overlay={ENTRY: dict(level)},
        )
        for name in families
        for severity, level in enumerate(FAMILIES[name].levels, start=1)
    )
    options: dict[str, Any] = {name: list(values) for name, values in scales.items()}
    return replace(
        task,
        env=ENV,
        env_options={"env": task.env, "scales": options, **task.env_options},
        splits=(*task.splits, *splits),
        presets={
            name: replace(preset, shift=Preset(num_contexts=2) if name == "smoke" else shift)
            for name, preset in task.presets.items()
        },
    )
