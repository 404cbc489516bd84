"""What the Fetch tasks are, declared without a simulator."""

from __future__ import annotations

from dataclasses import replace

from ilbench.contract.convention import Convention
from ilbench.contract.fields import ActionField, Field
from ilbench.contract.suite import Suite
from ilbench.contract.task import DemonstrationPlan, Preset, Split, Task

AXES = ("x", "y", "z")
STEP_S = 0.04


def _vector(name: str, unit: str = "m") -> tuple[str, ...]:
    return tuple(f"{name} {axis} ({unit})" for axis in AXES)


FINGERS = ("finger 1 (m)", "finger 2 (m)")
FINGER_SPEEDS = tuple(f"finger {number} speed (m per step)" for number in (1, 2))
ARM = (*_vector("gripper"), *FINGERS, *_vector("gripper velocity", "m per step"), *FINGER_SPEEDS)
"""Gymnasium-Robotics' observation without an object, 10 numbers."""

ARM_AND_OBJECT = (
    *_vector("gripper"),
    *_vector("object"),
    *_vector("object - gripper"),
    *FINGERS,
    *_vector("object rotation", "rad"),
    *_vector("object velocity - gripper velocity", "m per step"),
    *_vector("object rotation speed", "rad per step"),
    *_vector("gripper velocity", "m per step"),
    *FINGER_SPEEDS,
)
"""Its observation with an object, 25 numbers."""

GOALS = (*_vector("achieved goal"), *_vector("desired goal"))

ACTION = ActionField(
    shape=(4,),
    low=-1.0,
    high=1.0,
    description="A step of the gripper's target, 5 cm at full scale, and what moves the fingers: positive "
    "opens. Fingers are blocked, closed, but in pick-and-place.",
    components=("x", "y", "z", "fingers"),
    convention=Convention(
        kind="delta",
        origin="measured",
        frame="world",
        linear="0.05 m",
        gripper="positive-opens",
        gripper_values="continuous",
    ),
)
CLOSED = Convention(kind="delta", origin="measured", frame="world", linear="0.05 m", gripper="blocked")
"""Of the tasks whose fingers are blocked."""

FETCH = Suite(
    name="fetch",
    package="ilbench.tasks.manipulation.gymnasium_robotics",
    packages=("gymnasium-robotics", "mujoco"),
    extra="manipulation",
    license="MIT",
    control_hz=1.0 / STEP_S,
    success_rule="final",
    stops_on_success=False,
    env=".fetch_env:FetchEnv",
    action=ACTION,
    presets={
        "smoke": Preset(num_contexts=4),
        "standard": Preset(num_contexts=20),
        "full": Preset(num_contexts=50),
    },
    tags=frozenset({"mujoco", "state", "continuous", "robot-arm", "goal-conditioned"}),
)


def _beyond(description: str) -> Split:
    return Split(name="shift/goal", num_contexts=50, description=description)


def _task(
    *,
    name: str,
    original: str,
    summary: str,
    observation: tuple[str, ...],
    where: str,
    shift: Split,
    expert: str,
    plan: DemonstrationPlan,
    remark: str = "",
) -> Task:
    """Returns a Fetch task; what they have in common is said here."""
    return FETCH.task(
        f"{name}-v1",
        summary=summary,
        env_options={"env_name": original},
        horizon=50,
        observation=(
            Field(
                name="state",
                shape=(len(observation) + len(GOALS),),
                unit="m, rad; velocities per control step of 40 ms",
                description="Gymnasium-Robotics' observation, the achieved and the desired goal.",
                components=(*observation, *GOALS),
            ),
        ),
        action=ACTION if original == "FetchPickAndPlace-v4" else replace(ACTION, convention=CLOSED),
        make_contexts=f".contexts:make_{name.replace('-', '_')}",
        draw_fresh=f".contexts:FRESH.{name.replace('-', '_')}",
        splits=(
            Split(name="train", num_contexts=200, description=where),
            Split(name="test", num_contexts=50, description="Drawn as in train."),
            shift,
        ),
        expert=expert,
        demonstrations=plan,
        source=f"{original} of gymnasium-robotics 1.4.2 (arXiv 1802.09464): its model, observation, action, "
        "sparse reward and horizon. As there an episode does not end with the success, and what counts is "
        "whether the goal is reached (within 5 cm) at the last step. Departures: the three parts of the "
        f"observation are one vector; starts and goals are frozen here, none of them solved already.{remark}",
    )


REACH = _task(
    name="reach",
    original="FetchReach-v4",
    summary="Move the gripper to a goal in the air, and stay there.",
    observation=ARM,
    where="The goal up to 15 cm from the gripper's start along each axis.",
    shift=_beyond("The goal 15 to 25 cm to the left or right of the gripper, in turn."),
    expert=".fetch_expert:ReachExpert",
    plan=DemonstrationPlan(
        count=50,
        noise=0.1,
        steps_after_success=50,
        description="Straight to the goal, at a speed of the episode.",
    ),
)

PUSH = _task(
    name="push",
    original="FetchPush-v4",
    summary="Push a block across the table to a goal, and leave it there.",
    observation=ARM_AND_OBJECT,
    where="Block and goal up to 15 cm from the gripper along x and y, the block at least 10 cm from it.",
    shift=_beyond("The goal 15 to 25 cm to the left or right of the gripper's start, in turn."),
    expert=".fetch_expert:PushExpert",
    plan=DemonstrationPlan(
        count=100,
        noise=0.1,
        steps_after_success=50,
        description="A feedback law without timers: down behind the block, seen from the goal, then push. "
        "Speed, distance and slope of the way down are drawn once an episode.",
    ),
)

SLIDE = _task(
    name="slide",
    original="FetchSlide-v4",
    summary="Strike a puck so that it slides to a goal out of reach and stops there.",
    observation=ARM_AND_OBJECT,
    where="The puck up to 10 cm from the gripper along x and y, at least 10 cm from it; the goal 10 to 70 cm "
    "ahead and up to 30 cm to the side, at most 55 cm from the puck.",
    shift=Split(
        name="shift/far",
        num_contexts=50,
        description="The goals of the original that are more than 55 cm from the puck: further than a single "
        "strike carries it. The expert solves few of them.",
    ),
    expert=".slide_expert:SlideExpert",
    plan=DemonstrationPlan(
        count=30,
        steps_after_success=50,
        description="Behind the puck, then, one step at a time, the strike after which the puck would stop "
        "nearest to the goal, found in a copy of the simulation: it acts on the full state, not on the "
        "observation alone.",
    ),
    remark=" Goals more than 55 cm from the puck, three in ten of the original's, are a split of their own.",
)

PICK_AND_PLACE = _task(
    name="pick-and-place",
    original="FetchPickAndPlace-v4",
    summary="Pick up a block and hold it at a goal on the table or in the air.",
    observation=ARM_AND_OBJECT,
    where="Block and goal up to 15 cm from the gripper along x and y, the block at least 10 cm from it; "
    "one goal in two is on the table, the others are up to 45 cm above.",
    shift=_beyond("The goal 15 to 25 cm to the left or right of the gripper's start, in turn."),
    expert=".fetch_expert:PickAndPlaceExpert",
    plan=DemonstrationPlan(
        count=100,
        noise=0.1,
        steps_after_success=50,
        description="A feedback law without timers: down a funnel onto the block, close, carry it straight "
        "to the goal. Speed, funnel and grasp height are drawn once an episode.",
    ),
)

TASKS: tuple[Task, ...] = (REACH, PUSH, SLIDE, PICK_AND_PLACE)
