"""What the D3IL tasks share in their declarations: fields, contexts, splits, shifts, presets, texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import pi
from typing import Any

import numpy as np

from ilbench.contract.fields import ActionField, Field
from ilbench.contract.task import Preset, Split, Task

ROD_PERIOD_S = 0.035
"""Control period of the rod tasks, as in D3IL."""

NUM_TRAIN = 500
NUM_VALIDATION = 200
NUM_SHIFTED = 30
"""Contexts in each shift split; the first `NUM_SHIFTED` test contexts, disturbed, or drawn anew."""

IMAGE_SIZE = 96
"""Pixels on a side of both cameras, as in D3IL."""

DEMONSTRATION_NOISE_M = 0.005
"""Standard deviation of the noise that demonstrations of pushing are executed with, m a step. The label stays
what the expert wanted, so that imitators see how it comes back: without noise, behavior cloning on one mode
of Pushing solved 60 % of the test contexts, with 3 mm 70 %."""

RANDOM_STEP_M = 0.01
"""Half-width of the range of random actions: what D3IL declares for its (unclipped) actions of the rod, in
meters a step (gym_avoiding and its siblings)."""

ROD_REACH_M = 0.04
"""No demonstration of a rod task commands more a step: experts stay below 0.02, their noise adds its tail."""

SEVERITIES = (1, 2, 3, 4, 5)
MAX_ATTEMPTS = 10_000

SOURCE = (
    "D3IL: Jia et al., Towards Diverse Behaviors: A Benchmark for Imitation Learning with Human "
    "Demonstrations, ICLR 2024, arXiv 2402.14606. "
)
ROD_DEPARTURES = (
    "Departures of all rod tasks: a bare rod on position servos (lag 25 ms, at most 1.5 m/s and 60 N) for "
    "the Panda arm, which is only drawn; observations after the action, not before it; success latched; yaw "
    "as (sin, cos), not tan; a table without edges; contexts of our own versioned seed; scripted "
    "demonstrations. "
)
LICENSE = "MIT (this project's own code; D3IL at the snapshot read carries no license of its own)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A range of poses: x and y in m, yaw in rad, each uniform.

    Attributes:
        x: Lower and upper bound.
        y: Lower and upper bound.
        yaw: Lower and upper bound.
    """

    x: tuple[float, float]
    y: tuple[float, float]
    yaw: tuple[float, float] = (-pi / 2, pi / 2)

    def draw(self, rng: np.random.Generator) -> list[float]:
        """Returns a pose [x, y, yaw] in the box."""
        return [float(rng.uniform(*bounds)) for bounds in (self.x, self.y, self.yaw)]

    def draw_outside(self, rng: np.random.Generator, inner_m: float, outer_m: float) -> list[float]:
        """Returns a pose whose x or y leaves the box by more than `inner_m`, and neither by `outer_m`."""
        grown = Box(
            x=(self.x[0] - outer_m, self.x[1] + outer_m), y=(self.y[0] - outer_m, self.y[1] + outer_m)
        )
        while True:
            x, y, _ = grown.draw(rng)
            beyond = max(self.x[0] - x, x - self.x[1], self.y[0] - y, y - self.y[1])
            if beyond > inner_m:
                return [x, y, float(rng.uniform(*self.yaw))]


Draw = Callable[[np.random.Generator, int], dict[str, Any]]
"""Returns a context; severity 0 is the training range, 1 to 5 lie ever farther outside of it."""


def make_contexts(seed: int, draw: Draw, num_test: int) -> dict[str, list[dict[str, Any]]]:
    """Returns the contexts of the splits `splits` declares, drawn from a versioned seed.

    Context i of every disturbance starts like context i of ``test``, so that a curve over severity
    compares like with like. Poses are rounded to 0.1 mm and 0.1 mrad.
    """
    test = _drawn(seed, 2, draw, num_test)
    contexts = {
        "train": _drawn(seed, 1, draw, NUM_TRAIN),
        "test": test,
        "validation": _drawn(seed, 3, draw, NUM_VALIDATION),
    }
    for severity in SEVERITIES:
        contexts[f"shift/context-range-{severity}"] = _drawn(seed, 10 + severity, draw, NUM_SHIFTED, severity)
    for name, disturb in DISTURBANCES.items():
        for severity in SEVERITIES:
            contexts[f"shift/{name}-{severity}"] = [
                {**context, "disturbance": disturb(severity, index)}
                for index, context in enumerate(test[:NUM_SHIFTED])
            ]
    return contexts


def _drawn(seed: int, stream: int, draw: Draw, count: int, severity: int = 0) -> list[dict[str, Any]]:
    rng = np.random.default_rng([seed, stream])
    return [_rounded(draw(rng, severity)) for _ in range(count)]


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_rounded(entry) for entry in value]
    return round(float(value), 4)


def drawn_apart(draw: Callable[[], list[list[float]]], distance_m: float) -> list[list[float]]:
    """Returns the first drawn poses whose centers are all at least `distance_m` apart."""
    for _ in range(MAX_ATTEMPTS):
        poses = draw()
        at = np.array(poses)[:, :2]
        gaps = np.linalg.norm(at[:, None] - at[None], axis=2)[np.triu_indices(len(at), 1)]
        if np.all(gaps >= distance_m):
            return poses
    raise RuntimeError(f"no poses at least {distance_m} m apart in {MAX_ATTEMPTS} draws")


def _friction_mass(severity: int, index: int) -> dict[str, float]:
    """Friction of half as much again is the limit: above 1.6, the pushed cubes rather topple than slide."""
    friction, mass = 1.0 + 0.1 * severity, 1.0 + 0.3 * severity
    if index % 2 == 0:
        return {"friction": round(friction, 4), "mass": round(mass, 4)}
    return {"friction": round(1 / friction, 4), "mass": round(1 / mass, 4)}


DISTURBANCES: Mapping[str, Callable[[int, int], dict[str, float]]] = {
    "friction-mass": _friction_mass,
    "action-delay": lambda severity, index: {"action_delay": severity},
    "observation-noise": lambda severity, index: {"observation_noise_m": round(0.002 * severity, 4)},
}
"""Entries of `ilbench.tasks.d3il.disturbances.Disturbance` by severity and index of the context."""

DISTURBANCE_TEXTS = {
    "friction-mass": (
        "Friction times 1 + 0.1 severity and the masses of the objects times 1 + 0.3 severity (even "
        "contexts), or divided by it (odd)."
    ),
    "action-delay": "Every action is executed as many control steps late as the severity.",
    "observation-noise": (
        "White Gaussian noise of 2 mm times the severity on measured positions, and as much on a lever of "
        "50 mm on directions; images: 8 gray levels times the severity."
    ),
}


def splits(num_test: int, outside: str, extra: Sequence[Split] = ()) -> tuple[Split, ...]:
    """Returns the splits of `make_contexts`, then `extra`.

    Args:
        num_test: Contexts of ``test``.
        outside: What ``shift/context-range`` does at each severity.
        extra: Splits of the task's own.
    """
    return (
        Split(name="train", num_contexts=NUM_TRAIN, description="Starts uniform in D3IL's ranges."),
        Split(name="test", num_contexts=num_test, description="Other starts, drawn alike."),
        Split(
            name="validation",
            num_contexts=NUM_VALIDATION,
            description="Others again, drawn alike: to choose checkpoints and to measure experts on.",
        ),
        *(
            Split(
                name=f"shift/context-range-{severity}",
                num_contexts=NUM_SHIFTED,
                severity=severity,
                description=outside,
            )
            for severity in SEVERITIES
        ),
        *(
            Split(
                name=f"shift/{name}-{severity}",
                num_contexts=NUM_SHIFTED,
                severity=severity,
                description=f"The first test contexts. {text}",
            )
            for name, text in DISTURBANCE_TEXTS.items()
            for severity in SEVERITIES
        ),
        *extra,
    )


def presets(num_test: int, num_repeats: int, num_standard: int = 4) -> dict[str, Preset]:
    """Returns the presets: ``full`` is D3IL's number of contexts times its repeats of each.

    Args:
        num_test: Contexts of ``test``.
        num_repeats: Repeats of each in ``full``.
        num_standard: Repeats of each in ``standard``; fewer where episodes are long.
    """
    return {
        "smoke": Preset(num_contexts=4, num_repeats=2, shift=Preset(num_contexts=2)),
        "standard": Preset(num_contexts=30, num_repeats=num_standard, shift=Preset(num_contexts=8)),
        "full": Preset(
            num_contexts=num_test,
            num_repeats=num_repeats,
            shift=Preset(num_contexts=NUM_SHIFTED, num_repeats=2),
        ),
    }


def planar_state(objects: Sequence[str]) -> tuple[Field, ...]:
    """Returns the observation of a planar rod task: rod, then pose of each object."""
    components = ["commanded x", "commanded y", "measured x", "measured y"]
    for name in objects:
        components += [f"{name} x", f"{name} y", f"{name} sin yaw", f"{name} cos yaw"]
    return (
        Field(
            name="state",
            shape=(len(components),),
            unit="m",
            description="Rod (commanded, measured) and objects on the table, after the action.",
            components=tuple(components),
        ),
    )


def image_variant(task: Task, count: int, horizon: int | None = None) -> Task:
    """Returns the task with images in place of the state, on the same contexts.

    Args:
        task: The state task.
        count: Demonstrations; fewer than of the state task, as a step takes 10 ms to draw and 55 kB.
        horizon: Where it is another one.
    """
    name, _, version = task.id.rpartition("-")
    plan = task.demonstrations
    return replace(
        task,
        id=f"{name}-image-{version}",
        summary=f"{task.summary} Seen by two cameras.",
        env_options={**task.env_options, "images": True},
        packages=tuple(dict.fromkeys((*task.packages, "robosuite"))),
        horizon=horizon or task.horizon,
        observation=image_fields(sum("commanded" in name for name in task.observation[0].components)),
        data=f"{task.data.rpartition('-')[0]}-image-{version}",
        contexts_of=task.contexts_of or task.data,
        demonstrations=None if plan is None else replace(plan, count=count),
        tags=task.tags - {"state"} | {"image"},
    )


def state_field(num_values: int) -> tuple[Field, ...]:
    """Returns a state without names for its values."""
    return (Field(name="state", shape=(num_values,)),)


def image_fields(num_commanded: int) -> tuple[Field, ...]:
    """Returns the observation of an image task: the set-point, as in D3IL, and two cameras."""
    size = (IMAGE_SIZE, IMAGE_SIZE, 3)
    return (
        Field(name="state", shape=(num_commanded,), unit="m", description="Set-point of the robot."),
        Field(name="fixed", shape=size, dtype="uint8", description="RGB from beyond the table, upright."),
        Field(name="wrist", shape=size, dtype="uint8", description="RGB from the hand, looking down."),
    )


def rod_action(axes: str) -> ActionField:
    """Returns the action of a rod task with the given axes, such as ``"xy"``."""
    return ActionField(
        shape=(len(axes),),
        scale=RANDOM_STEP_M,
        reach=ROD_REACH_M,
        unit="m",
        description="Change of the commanded position per control step. Never clipped, as in D3IL.",
        components=tuple(f"d{axis}" for axis in axes),
    )
