"""The robosuite suite's tasks, declared without a simulator."""

from __future__ import annotations

from ilbench.contract.task import DemonstrationPlan, Preset, Split, Task
from ilbench.tasks.disturbances import disturbed
from ilbench.tasks.manipulation.robosuite import advanced, family, tabletop
from ilbench.tasks.manipulation.robosuite.family import (
    ARM_KEYS,
    TABLE,
    env_options,
    image_variant,
    state_field,
)

LIFT_KEYS = (*ARM_KEYS, "cube_pos", "cube_quat", "gripper_to_cube_pos")
"""The observables of robomimic's low-dimensional track, in its order; this project owns the order."""

PLACEMENT_DISTANCES_M = (0.05, 0.075, 0.1, 0.125, 0.15)
"""By severity, how far from the table's center ``shift/placement-*`` puts the cube."""

LIFT_STATE_STD = (
    *(0.038, 0.019, 0.058, 0.02, 0.19, 0.022, 0.013, 0.0069, 0.0069),
    *(0.017, 0.018, 0.0049, 0.0087, 0.0083, 0.31, 0.73, 0.036, 0.012, 0.058),
)
"""Standard deviations of the state over standard demonstrations: the unit of its sensor shifts."""

_LIFT = Task(
    id="robosuite/lift-v2",
    summary="Lift a cube off the table.",
    env=family.ENV,
    env_options=env_options("Lift", LIFT_KEYS),
    packages=family.PACKAGES,
    extra="manipulation",
    horizon=400,
    control_hz=family.CONTROL_HZ,
    success_rule="ever",
    stops_on_success=True,
    observation=(state_field(LIFT_KEYS, TABLE),),
    action=family.OSC_POSE,
    data=family.data_folder("lift-v2"),
    make_contexts=f"{family.PACKAGE}.contexts:make_lift",
    splits=(
        Split(
            name="train",
            num_contexts=200,
            description="robosuite's own starts, drawn from a seed: cube within 3 cm of the center along "
            "x and y, at any yaw; normal noise of 0.02 rad on the arm's joints.",
        ),
        Split(name="test", num_contexts=100, description="Other seeds, drawn as in train."),
        *(
            Split(
                name=f"shift/placement-{severity}",
                num_contexts=50,
                description=f"Cube {100 * distance:g} cm from the center, where no training cube is; its "
                "direction and yaw and the arm are the same at each severity.",
                severity=severity,
            )
            for severity, distance in enumerate(PLACEMENT_DISTANCES_M, start=1)
        ),
    ),
    presets={
        "smoke": Preset(num_contexts=4),
        "standard": Preset(num_contexts=20),
        "full": Preset(num_contexts=100),
    },
    expert="ilbench.tasks.manipulation.robosuite.experts:LiftExpert",
    demonstrations=DemonstrationPlan(
        count=200,
        noise=0.15,
        description="A feedback law without timers: down a funnel onto the cube while turning to its "
        "nearest face, close around it, lift once held. Speed, funnel and grasp height are drawn once an "
        "episode.",
    ),
    tags=family.TAGS,
    source="Lift of robosuite 1.5.2 (arXiv 2009.12293) with the settings of robomimic's low-dimensional "
    f"track (arXiv 2108.03298): {family.SETTINGS}: the cube 4 cm above the table. Horizon 400. "
    f"{family.SEEDED}: "
    "the cube's size, which robosuite draws as it builds the model, is the same in every episode.",
    license=family.LICENSE,
)

LIFT = disturbed(
    _LIFT,
    ("sensor-noise", "action-noise", "action-delay", "physics"),
    scales={"state": LIFT_STATE_STD},
    num_contexts=30,
    shift=Preset(num_contexts=30),
)

LIFT_IMAGE = disturbed(
    image_variant(_LIFT, TABLE, "SeenLiftExpert", count=10),
    ("camera",),
    scales={},
    num_contexts=10,
    shift=Preset(num_contexts=10),
)
CAN_IMAGE = image_variant(tabletop.CAN, tabletop.BINS, "SeenCanExpert", count=10)
SQUARE_IMAGE = image_variant(tabletop.SQUARE, tabletop.PEG, "SeenSquareExpert", count=10)

STATE_TASKS: tuple[Task, ...] = (LIFT, *tabletop.TASKS, *advanced.TASKS)
"""The nine state tasks."""

TASKS: tuple[Task, ...] = (*STATE_TASKS, LIFT_IMAGE, CAN_IMAGE, SQUARE_IMAGE)
"""All tasks of the suite."""
