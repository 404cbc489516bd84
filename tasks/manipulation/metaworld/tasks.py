"""What the Meta-World tasks are, declared without a simulator: one declaration over `table.ROWS`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ilbench.contract.convention import Convention
from ilbench.contract.fields import ActionField, Field
from ilbench.contract.suite import Suite
from ilbench.contract.task import DemonstrationPlan, Preset, Split, Task
from ilbench.tasks.disturbances import disturbed
from ilbench.tasks.manipulation.metaworld.scales import STATE_STD
from ilbench.tasks.manipulation.metaworld.table import ROWS, QuaternionOrder, Row

NUM_CONTEXTS = 50

MOCAP = ActionField(
    shape=(4,),
    low=-1.0,
    high=1.0,
    description="A step of the hand's target, 1 cm at full scale, and the gripper's effort: positive closes.",
    components=("x", "y", "z", "gripper effort"),
    convention=Convention(
        kind="delta",
        origin="commanded",
        frame="world",
        linear="0.01 m",
        gripper="positive-closes",
        gripper_values="continuous",
    ),
)

METAWORLD = Suite(
    name="metaworld",
    package="ilbench.tasks.manipulation.metaworld",
    packages=("metaworld", "mujoco", "scipy"),
    extra="manipulation",
    license="MIT",
    control_hz=80.0,
    stops_on_success=False,
    env=".env:MetaworldEnv",
    action=MOCAP,
    presets={
        "smoke": Preset(num_contexts=4),
        "standard": Preset(num_contexts=20),
        "full": Preset(num_contexts=NUM_CONTEXTS),
    },
    tags=frozenset({"mujoco", "state", "continuous", "robot-arm", "goal-conditioned"}),
)

PROPRIOCEPTION = Field(
    name="state",
    shape=(4,),
    unit="m; 0.1 m for the gripper",
    description="What the robot itself can feel.",
    components=("hand x (m)", "hand y (m)", "hand z (m)", "gripper opening (0.1 m)"),
)

CORNER = Field(
    name="corner",
    shape=(84, 84, 3),
    dtype="uint8",
    description="RGB from beyond a corner of the table, upright; a small ball marks the goal.",
)

SHIFTS = {
    "pick-place": (
        Split(
            name="shift/goal",
            num_contexts=NUM_CONTEXTS,
            description="Goal 15 to 30 cm to the left or right, where training goals end at 10 cm.",
        ),
        Split(
            name="shift/object",
            num_contexts=NUM_CONTEXTS,
            description="Puck 15 to 25 cm to the left or right, where training pucks end at 10 cm.",
        ),
    ),
}
"""Splits with contexts outside of Meta-World's distribution, by task."""


def declare(row: Row) -> Task:
    """Returns the task of one environment."""
    return METAWORLD.task(
        f"{row.name}-v{row.version}",
        summary=row.summary,
        env_options={"env_name": row.env_name},
        horizon=500,
        observation=(state_field(row),),
        make_contexts=f".contexts:MAKE.{row.name.replace('-', '_')}",
        draw_fresh=f".contexts:FRESH.{row.name.replace('-', '_')}",
        splits=(
            Split(
                name="train",
                num_contexts=NUM_CONTEXTS,
                description=f"Meta-World's own distribution: {row.varies}.",
            ),
            Split(
                name="test",
                num_contexts=NUM_CONTEXTS,
                description="Other draws of the same distribution, like the test goals of ML1.",
            ),
            *SHIFTS.get(row.name, ()),
        ),
        expert=f".{row.expert}",
        demonstrations=demonstrations(row),
        source=f"{row.env_name} of Meta-World 3.1.1 (arXiv 1910.10897) as in its multi-task evaluation: goal "
        "observed, Meta-World's own reward, 500 steps, success at any of them. Departure: starts and goals "
        "are frozen draws of its own sampler from this project's seed.",
    )


def state_field(row: Row) -> Field:
    """Returns the field ``state`` with a name for each of its 39 entries."""
    now = tuple(_now(row))
    return Field(
        name="state",
        shape=(39,),
        unit="m; 1 for quaternions",
        description="Meta-World's fully observable vector: hand, gripper and up to two objects now and one "
        "step before, then the goal. Unused entries are constant.",
        components=(*now, *(f"previous {name}" for name in now), "goal x (m)", "goal y (m)", "goal z (m)"),
    )


def _now(row: Row) -> Iterator[str]:
    yield from ("hand x (m)", "hand y (m)", "hand z (m)", "gripper opening (0.1 m)")
    for name, order in zip(row.objects, row.quaternions, strict=True):
        yield from (f"{name} {axis} (m)" for axis in "xyz")
        yield from _quaternion(name, order)
    yield from (f"unused {number}" for number in range(1, 15 - 7 * len(row.objects)))


def _quaternion(name: str, order: QuaternionOrder) -> Iterator[str]:
    if order == "none":
        yield from (f"{name} unused {number}" for number in range(1, 5))
    else:
        yield from (f"{name} q{part} (1)" for part in order)


def demonstrations(row: Row) -> DemonstrationPlan:
    """Returns how a task's standard demonstrations are made."""
    if row.expert == "experts:ScriptedExpert":
        description = (
            "Meta-World's scripted policy, its steps limited to a speed that is drawn once an episode."
        )
    else:
        description = (
            "A feedback law without timers: down a funnel onto the object, then with it to the goal. Speed "
            "and slope of the funnel are drawn once an episode."
        )
    return DemonstrationPlan(
        count=NUM_CONTEXTS, noise=row.noise, steps_after_success=10, description=description
    )


def with_disturbances(name: str, task: Task) -> Task:
    """Returns the task with disturbance shifts, where the scale of its sensors is known."""
    if name not in STATE_STD:
        return task
    return disturbed(
        task,
        ("sensor-noise", "action-noise", "action-delay", "physics"),
        scales={"state": STATE_STD[name]},
        num_contexts=30,
        shift=Preset(num_contexts=30),
    )


def image_variant(task: Task) -> Task:
    """Returns the task seen by a camera, on the same contexts; of the state, what the robot itself can feel.

    It ends after 200 steps: drawing takes 8 ms of a processor a step, and experts need 130 at most.
    """
    name = task.id.rpartition("-")[0]
    plan = task.demonstrations
    return replace(
        task,
        id=f"{name}-image-v1",
        summary=f"{task.summary} Seen by a camera.",
        env_options={**task.env_options, "images": True},
        horizon=200,
        observation=(PROPRIOCEPTION, CORNER),
        data=METAWORLD.path(f":data/{name.rpartition('/')[2]}-image-v1"),
        contexts_of=task.data,
        presets={**task.presets, "full": Preset(num_contexts=NUM_CONTEXTS, shift=Preset(num_contexts=20))},
        expert=METAWORLD.path(".experts:PrivilegedExpert"),
        demonstrations=None if plan is None else replace(plan, count=10),
        tags=task.tags - {"state"} | {"image"},
        source=f"{task.source} Camera and its place as in LeRobot's environment, but 84 × 84 pixels without "
        "shadows, reflections, haze and multisampling, and 200 steps.",
    )


DECLARED: Mapping[str, Task] = {row.name: with_disturbances(row.name, declare(row)) for row in ROWS}
"""By Meta-World's name without its version."""

PICTURED = ("button-press-topdown", "drawer-open", "pick-place")

IMAGES: tuple[Task, ...] = tuple(image_variant(declare(row)) for row in ROWS if row.name in PICTURED)

TASKS: tuple[Task, ...] = (*DECLARED.values(), *IMAGES)

PICK_PLACE = DECLARED["pick-place"]
