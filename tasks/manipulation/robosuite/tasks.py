"""The robosuite suite's tasks, declared without a simulator."""

from __future__ import annotations

from ilbench.contract.task import DemonstrationPlan, Preset, Split, Task
from ilbench.tasks.disturbances import disturbed
from ilbench.tasks.manipulation.robosuite import advanced_tasks, tabletop_tasks
from ilbench.tasks.manipulation.robosuite.declaring import (
    ARM_KEYS,
    ROBOSUITE,
    SEEDED,
    SETTINGS,
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

_LIFT_SPLITS = (
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
)

_LIFT = ROBOSUITE.task(
    "lift-v2",
    summary="Lift a cube off the table.",
    env_options=env_options("Lift", LIFT_KEYS),
    horizon=400,
    observation=(state_field(LIFT_KEYS, TABLE),),
    make_contexts=".contexts:make_lift",
    draw_fresh=".contexts:draw_seeds",
    splits=_LIFT_SPLITS,
    presets={
        "smoke": Preset(num_contexts=4),
        "standard": Preset(num_contexts=20),
        "full": Preset(num_contexts=100),
    },
    expert=".experts:LiftExpert",
    demonstrations=DemonstrationPlan(
        count=200,
        noise=0.15,
        description="A feedback law without timers: down a funnel onto the cube while turning to its "
        "nearest face, close around it, lift once held. Speed, funnel and grasp height are drawn once an "
        "episode.",
    ),
    source="Lift of robosuite 1.5.2 (arXiv 2009.12293) with the settings of robomimic's low-dimensional "
    f"track (arXiv 2108.03298): {SETTINGS}: the cube 4 cm above the table. Horizon 400. {SEEDED}: the "
    "cube's size, which robosuite draws as it builds the model, is the same in every episode.",
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
CAN_IMAGE = image_variant(tabletop_tasks.CAN, tabletop_tasks.BINS, "SeenCanExpert", count=10)
SQUARE_IMAGE = image_variant(tabletop_tasks.SQUARE, tabletop_tasks.PEG, "SeenSquareExpert", count=10)

STATE_TASKS: tuple[Task, ...] = (LIFT, *tabletop_tasks.TASKS, *advanced_tasks.TASKS)
"""The nine state tasks."""

TASKS: tuple[Task, ...] = (*STATE_TASKS, LIFT_IMAGE, CAN_IMAGE, SQUARE_IMAGE)
"""All tasks of the suite."""
