"""ToolHang, TwoArmTransport, TwoArmLift and Wipe: long, with two arms, or with another tool."""

from __future__ import annotations

from ilbench.contract.task import DemonstrationPlan, Task
from ilbench.tasks.manipulation.robosuite.declaring import (
    ARM_KEYS,
    OSC_POSE_NO_GRIPPER,
    RELATIVE,
    ROBOSUITE,
    SEEDED,
    SETTINGS,
    TABLE,
    TWO_ARM_KEYS,
    TWO_OSC_POSES,
    env_options,
    seeded_splits,
    state_field,
)

TOOL_HANG_KEYS = (
    *ARM_KEYS,
    *(
        f"{name}_{part}"
        for name in ("base", "frame", "tool")
        for part in ("pos", "quat", "to_robot0_eef_pos", "to_robot0_eef_quat")
    ),
    "frame_is_assembled",
    "tool_on_frame",
)
"""robomimic's order (that of robosuite's 1.4.1; 1.5 changed it)."""

TRANSPORT_KEYS = (
    *TWO_ARM_KEYS,
    "payload_pos",
    "payload_quat",
    "trash_pos",
    "trash_quat",
    "lid_handle_pos",
    "lid_handle_quat",
    "target_bin_pos",
    "trash_bin_pos",
    "payload_in_target_bin",
    "trash_in_trash_bin",
    "gripper0_to_payload",
    "gripper0_to_lid_handle",
    "gripper1_to_payload",
    "gripper1_to_trash",
)
"""robosuite's order, which is robomimic's."""

TWO_ARM_LIFT_KEYS = (
    *TWO_ARM_KEYS,
    "pot_pos",
    "pot_quat",
    "handle0_xpos",
    "handle1_xpos",
    "gripper0_to_handle0",
    "gripper1_to_handle1",
)
"""robosuite's order."""

WIPE_KEYS = (
    "robot0_eef_pos",
    "robot0_eef_quat",
    "robot0_contact",
    "proportion_wiped",
    "wipe_radius",
    "wipe_centroid",
    "gripper_to_wipe_centroid",
    "gripper_to_nearest_marker",
)
"""robosuite's order, then an observable of this project's own."""

TOOL_HANG = ROBOSUITE.task(
    "tool-hang-v2",
    summary="Put a hooked frame into its stand, then hang a tool on the hook. Evaluation only.",
    env_options=env_options("ToolHang", TOOL_HANG_KEYS),
    horizon=700,
    observation=(state_field(TOOL_HANG_KEYS, TABLE),),
    make_contexts=".contexts:make_tool_hang",
    draw_fresh=".contexts:draw_seeds",
    splits=seeded_splits(
        "stand, frame and tool each within 2 cm and some 5 degrees of their places; normal noise of 0.02 "
        "rad on the arm's joints."
    ),
    source="ToolHang of robosuite 1.5.2 (arXiv 2009.12293) with the settings of robomimic's low-dimensional "
    f"track (arXiv 2108.03298): {SETTINGS}: stand upright, frame in it, tool on its hook and not touched. "
    f"Horizon 700. {SEEDED}, which draws nothing that matters here: the soft start is bit for bit the hard "
    f"one{RELATIVE}.",
)

TRANSPORT = ROBOSUITE.task(
    "transport-v2",
    summary="Two arms: hand a hammer from a lidded box on one table over to a bin on the other, and clear a "
    "cube out of that bin. Evaluation only.",
    env_options=env_options("TwoArmTransport", TRANSPORT_KEYS, num_robots=2),
    horizon=700,
    observation=(
        state_field(TRANSPORT_KEYS, "the origin lies between the two tables, whose tops are at z = 0.8."),
    ),
    action=TWO_OSC_POSES,
    make_contexts=".contexts:make_transport",
    draw_fresh=".contexts:draw_seeds",
    splits=seeded_splits(
        "boxes, lid, hammer and cube within a few centimeters of their places; normal noise of 0.02 rad on "
        "the arms' joints."
    ),
    tags=frozenset({"two-arms"}),
    source="TwoArmTransport of robosuite 1.5.2 (arXiv 2009.12293) with the settings of robomimic's "
    f"low-dimensional track (arXiv 2108.03298): {SETTINGS}: hammer in the target bin and cube in the trash "
    "bin. Horizon 700. robomimic's data come from a robosuite that took deltas in the world's axes; here "
    f"they are in each base's. {SEEDED}: the hammer's size, which robosuite draws as it builds the model, "
    "is the same in every episode. Quaternions of rotation matrices are computed by MuJoCo's arithmetic, and "
    "not by a linear-algebra library whose last bits depend on the processor.",
)

TWO_ARM_LIFT = ROBOSUITE.task(
    "two-arm-lift-v1",
    summary="Two arms: lift a pot by its two handles, level.",
    env_options=env_options("TwoArmLift", TWO_ARM_LIFT_KEYS, num_robots=2),
    horizon=500,
    observation=(state_field(TWO_ARM_LIFT_KEYS, TABLE),),
    action=TWO_OSC_POSES,
    make_contexts=".contexts:make_two_arm_lift",
    draw_fresh=".contexts:draw_seeds",
    splits=seeded_splits(
        "pot within 3 cm of the center along x and y, turned by up to 60 degrees; normal noise of 0.02 rad "
        "on the arms' joints."
    ),
    expert=".two_arm_lift_expert:TwoArmLiftExpert",
    demonstrations=DemonstrationPlan(
        count=100,
        noise=0.08,
        description="A feedback law without timers: each hand comes down a funnel onto its handle while "
        "turning across the bar, and closes; when both hold they lift, the lower one faster. Speed, funnel "
        "and the points that are taken are drawn once an episode.",
    ),
    tags=frozenset({"two-arms"}),
    source=f"TwoArmLift of robosuite 1.5.2 (arXiv 2009.12293): {SETTINGS}: the pot's bottom more than 10 cm "
    f"above the table. Horizon 500, as in robosuite's own benchmark. {SEEDED}, which draws nothing that "
    "matters here: the soft start is bit for bit the hard one.",
)

WIPE = ROBOSUITE.task(
    "wipe-v1",
    summary="Wipe a line of dirt off a table without hitting it with the arm.",
    env_options=env_options("Wipe", WIPE_KEYS),
    horizon=500,
    observation=(state_field(WIPE_KEYS, "the table's center is (0.15, 0) and its top z = 0.9."),),
    action=OSC_POSE_NO_GRIPPER,
    make_contexts=".contexts:make_wipe",
    draw_fresh=".contexts:draw_seeds",
    splits=seeded_splits(
        "a random line of 100 markers of 4 cm, 5 mm apart, on the middle 60 % of the table; normal noise of "
        "0.02 rad on the arm's joints."
    ),
    expert=".wipe_expert:WipeExpert",
    demonstrations=DemonstrationPlan(
        count=100,
        noise=0.1,
        description="A feedback law without timers: down beside the nearest marker, then over the nearest "
        "that is left with light pressure. Speed, pressure and slope of the approach are drawn once an "
        "episode.",
    ),
    source=f"Wipe of robosuite 1.5.2 (arXiv 2009.12293): {SETTINGS}: all 100 markers wiped. As in "
    "robosuite, an arm that touches the table or a joint close to its limit ends the episode. Horizon 500, "
    "as in robosuite's own benchmark. The nearest marker that is left is an observable of this project's "
    f"own: robosuite's say no more of the line than its center and extent. {SEEDED}; a hard reset draws the "
    "line twice and shows the second, so that a seed means another line there.",
)

TASKS: tuple[Task, ...] = (TOOL_HANG, TRANSPORT, TWO_ARM_LIFT, WIPE)
