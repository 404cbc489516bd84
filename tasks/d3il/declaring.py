"""What the D3IL tasks share in their declarations: the suite, fields, splits, presets, texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ilbench.contract.convention import Convention
from ilbench.contract.fields import ActionField, Field
from ilbench.contract.suite import Suite
from ilbench.contract.task import Preset, Split, Task
from ilbench.tasks.d3il.contexts import NUM_TRAIN, NUM_VALIDATION
from ilbench.tasks.d3il.shifts import NUM_SHIFTED, SEVERITIES

ROD_PERIOD_S = 0.035
"""Control period of the rod tasks, as in D3IL."""

RANDOM_STEP_M = 0.01
"""Half-width of the range of random actions: what D3IL declares for its (unclipped) actions of the rod, in
meters a step (gym_avoiding and its siblings)."""

ROD_REACH_M = 0.15
"""Demonstrations of the rod tasks command less a step, but for 3 of 526 639 steps of the seven standard sets:
at most 0.05 but in Sorting-6, where 10 steps that follow a jam command more, up to 0.37."""

IMAGE_SIZE = 96
"""Pixels on a side of both cameras, as in D3IL."""

DEMONSTRATION_NOISE_M = 0.005
"""Standard deviation of the noise that demonstrations of pushing are executed with, m a step. The label stays
what the expert wanted, so that imitators see how it comes back: without noise, behavior cloning on one mode
of Pushing solved 60 % of the test contexts, with 3 mm 70 %."""

SOURCE = (
    "D3IL: Jia et al., Towards Diverse Behaviors: A Benchmark for Imitation Learning with Human "
    "Demonstrations, ICLR 2024, arXiv 2402.14606. "
)
ROD_DEPARTURES = (
    "The arm moves as D3IL's does: its masses, its control law and timing, checked on D3IL's own recordings. "
    "Departures of all rod tasks: observations after the action, not before; success latched; yaw as "
    "(sin, cos), not tan; a table without edges; fingers that do not move; links that touch nothing; "
    "scripted demonstrations. "
)


def splits(num_test: int, outside: str, extra: Sequence[Split] = ()) -> tuple[Split, ...]:
    """Returns the splits of `contexts.draw_contexts`, then `extra`.

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
        *extra,
    )


def beyond(what: str, where: str, by_mm: int) -> str:
    """Returns what ``shift/context-range`` does to things that are drawn in a range or slot of their own."""
    return (
        f"Each {what} begins outside of its {where}, by up to {by_mm} mm times the severity and by more than "
        "at the severity below."
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
        env_options={**task.env_options, "images": True, "scales": {}},
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
        convention=Convention(
            kind="delta", origin="commanded", frame="base", same_frames=("world",), linear="1 m"
        ),
    )


RODS = Suite(
    name="d3il",
    package="ilbench.tasks.d3il",
    packages=("mujoco",),
    extra="d3il",
    license="MIT (this project's own code; D3IL at the snapshot read carries no license of its own)",
    control_hz=1 / ROD_PERIOD_S,
    env=".rod:RodEnv",
    action=rod_action("xy"),
    presets=presets(num_test=60, num_repeats=18),
    tags=frozenset({"mujoco", "state", "continuous", "multimodal"}),
)
"""The tasks of a rod on a table."""
