"""Stack, Can, Square and Door: one arm, one table."""

from __future__ import annotations

from ilbench.contract.task import DemonstrationPlan, Task
from ilbench.tasks.manipulation.robosuite.declaring import (
    ARM_KEYS,
    RELATIVE,
    ROBOSUITE,
    SEEDED,
    SETTINGS,
    TABLE,
    env_options,
    seeded_splits,
    state_field,
)

BINS = "the first bin is centered at (0.1, -0.25), the second at (0.1, 0.28), both at z = 0.8."
PEG = "the table's center is x = y = 0, its top z = 0.82, the peg at (0.23, 0.1)."

STACK_KEYS = (
    *ARM_KEYS,
    "cubeA_pos",
    "cubeA_quat",
    "cubeB_pos",
    "cubeB_quat",
    "gripper_to_cubeA",
    "gripper_to_cubeB",
    "cubeA_to_cubeB",
)
"""robosuite 1.4's order; 1.5 changed it."""

CAN_KEYS = (*ARM_KEYS, "Can_pos", "Can_quat", "Can_to_robot0_eef_pos", "Can_to_robot0_eef_quat")
"""robomimic's order (robosuite 1.4's; 1.5 changed it)."""

SQUARE_KEYS = (
    *ARM_KEYS,
    "SquareNut_pos",
    "SquareNut_quat",
    "SquareNut_to_robot0_eef_pos",
    "SquareNut_to_robot0_eef_quat",
)
"""robomimic's order (robosuite 1.4's; 1.5 changed it)."""

DOOR_KEYS = (
    *ARM_KEYS,
    "door_pos",
    "handle_pos",
    "door_to_eef_pos",
    "handle_to_eef_pos",
    "hinge_qpos",
    "handle_qpos",
)
"""robosuite 1.4's order; 1.5 changed it."""

STACK = ROBOSUITE.task(
    "stack-v1",
    summary="Put the small red cube on the larger green one and let go.",
    env_options=env_options("Stack", STACK_KEYS),
    horizon=500,
    observation=(state_field(STACK_KEYS, TABLE),),
    make_contexts=".contexts:make_stack",
    draw_fresh=".contexts:draw_seeds",
    splits=seeded_splits(
        "both cubes within 8 cm of the center along x and y, apart, at any yaw; normal noise of 0.02 rad on "
        "the arm's joints."
    ),
    expert=".stack_expert:StackExpert",
    demonstrations=DemonstrationPlan(
        count=100,
        noise=0.1,
        description="A feedback law without timers: down a funnel onto the small cube, by the faces that "
        "the large one leaves free, up and over that, down a second funnel, open. Speed, "
        "funnels and grasp height are drawn once an episode.",
    ),
    source=f"Stack of robosuite 1.5.2 (arXiv 2009.12293): {SETTINGS}: cube A more than 4 cm above the "
    f"table, on cube B and not held. Horizon 500, as in robosuite's own benchmark. {SEEDED}, which draws "
    "nothing that matters here: the soft start is bit for bit the hard one.",
)

CAN = ROBOSUITE.task(
    "can-v2",
    summary="Carry a can from one bin into its quarter of the other, and let go.",
    env_options=env_options("PickPlaceCan", CAN_KEYS),
    horizon=400,
    observation=(state_field(CAN_KEYS, BINS),),
    make_contexts=".contexts:make_can",
    draw_fresh=".contexts:draw_seeds",
    splits=seeded_splits(
        "can anywhere in the first bin, at any yaw; normal noise of 0.02 rad on the arm's joints."
    ),
    expert=".can_expert:CanExpert",
    demonstrations=DemonstrationPlan(
        count=100,
        noise=0.15,
        description="A feedback law without timers: down a funnel onto the can, up and across the walls "
        "with the hand in its first heading, open over the near side of its quarter. Speed, "
        "funnel, grasp height and carrying height are drawn once an episode.",
    ),
    source="PickPlaceCan of robosuite 1.5.2 (arXiv 2009.12293) with the settings of robomimic's "
    f"low-dimensional track (arXiv 2108.03298): {SETTINGS}: the can over its quarter of the second "
    "bin, at most 10 cm above it, the hand more than 4.2 cm from it. Horizon 400. "
    f"{SEEDED}, which draws nothing that matters here: the soft start is the hard one but for the "
    f"solver's first guess, by 1e-10{RELATIVE}.",
)

SQUARE = ROBOSUITE.task(
    "square-v2",
    summary="Put a square nut over its peg.",
    env_options=env_options("NutAssemblySquare", SQUARE_KEYS),
    horizon=400,
    observation=(state_field(SQUARE_KEYS, PEG),),
    make_contexts=".contexts:make_square",
    draw_fresh=".contexts:draw_seeds",
    splits=seeded_splits(
        "nut at x from -11.5 to -11 cm and y from 11 to 22.5 cm, at any yaw; normal noise of 0.02 rad on "
        "the arm's joints."
    ),
    expert=".square_expert:SquareExpert",
    demonstrations=DemonstrationPlan(
        count=100,
        noise=0.1,
        description="A feedback law without timers: across the handle, up and over the peg while the nut "
        "turns, down once place and angle fit; the handle comes to point at the robot or to a side. Speed, "
        "funnel, grasp height and place along the handle are drawn once an episode.",
    ),
    source="NutAssemblySquare of robosuite 1.5.2 (arXiv 2009.12293) with the settings of robomimic's "
    f"low-dimensional track (arXiv 2108.03298): {SETTINGS}: the nut within 3 cm of the peg along x and y "
    "and less than 5 cm above the table, the hand more than 4.2 cm from its center (its handle is farther "
    f"away than that, so it need not let go). Horizon 400. {SEEDED}, which draws nothing that matters here: "
    f"the soft start is bit for bit the hard one{RELATIVE}.",
)

DOOR = ROBOSUITE.task(
    "door-v1",
    summary="Turn a door's handle and pull it open by 0.3 rad.",
    env_options=env_options("Door", DOOR_KEYS),
    horizon=500,
    observation=(state_field(DOOR_KEYS, TABLE),),
    make_contexts=".contexts:make_door",
    draw_fresh=".contexts:draw_seeds",
    splits=seeded_splits(
        "door within 1 cm of its place along x and y, turned by up to 0.25 rad; normal noise of 0.02 rad on "
        "the arm's joints."
    ),
    expert=".door_expert:DoorExpert",
    demonstrations=DemonstrationPlan(
        count=100,
        noise=0.1,
        description="A feedback law without timers: down on the lever, along its arc while the hand "
        "pitches with it, then away from the door. Speed, funnel and place along the lever "
        "are drawn once an episode.",
    ),
    source=f"Door (with latch) of robosuite 1.5.2 (arXiv 2009.12293): {SETTINGS}: the hinge beyond 0.3 rad. "
    f"Horizon 500, as in robosuite's own benchmark. {SEEDED}, which draws nothing that matters here: the "
    "soft start is bit for bit the hard one.",
)

TASKS: tuple[Task, ...] = (STACK, CAN, SQUARE, DOOR)
