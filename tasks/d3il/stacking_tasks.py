"""The Stacking tasks, declared without a simulator: an arm, one environment, three levels."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

from ilbench.contract.convention import Convention
from ilbench.contract.fields import ActionField, Field
from ilbench.contract.task import DemonstrationPlan, Task
from ilbench.tasks.d3il.declaring import RANDOM_STEP_M, RODS, SOURCE, beyond, image_variant, presets, splits
from ilbench.tasks.d3il.shifts import with_disturbances
from ilbench.tasks.d3il.stacking import ARM_PERIOD_S, LAYOUT, NAMES, RULES

_COMPONENTS = (
    *(f"commanded joint {i}" for i in range(1, 8)),
    "commanded width",
    *(f"measured joint {i}" for i in range(1, 8)),
    "measured width",
    *(f"{name} {part}" for name in NAMES for part in ("x", "y", "z", "sin yaw", "cos yaw")),
)

_DEPARTURES = (
    "Stacking: the arm with its masses and gripper, the control law, geometry, ranges, horizon, control "
    "period and distances as in D3IL, and its 100 test contexts, of which the full preset plays the first "
    "60, 18 times each. Three tasks on one environment and the same contexts: one object in the zone, a "
    "stack of two there, of three. An object counts only when the gripper has let go of it and it rests; "
    "D3IL counts one or two as soon as they have been over the zone, in the gripper or side by side, and "
    "three without a look at the gripper. Modes of two and three: the stack from bottom to top. In the "
    "contexts that are drawn, objects begin at least 105 mm apart (120 mm from the blue one), where D3IL's "
    "ranges let them overlap; all begin on the table, not 11 mm inside of it. {steps} physics steps a "
    "control step for D3IL's 30, with a part of the joints' damping taken implicitly: over commands played "
    "open-loop the tool stays within 0.5 mm (95 % of the steps) of where D3IL's steps bring it. Commanded "
    "joints stay within the arm's limits; what touches are boxes for hand and fingers, not their meshes, "
    "and the links above touch nothing. Observations after the action, the measured joints and width among "
    "them (D3IL shows its policies the commanded ones alone); success latched; yaw as (sin, cos), not tan; "
    "a table without edges; contexts for training of our own versioned seed; 1,095 scripted demonstrations "
    "for as many human ones. "
)

_STATE = (
    Field(
        name="state",
        shape=(len(_COMPONENTS),),
        unit="rad",
        description=(
            "Joints in rad and width in m (commanded, measured), poses of the objects in m, after the action."
        ),
        components=_COMPONENTS,
    ),
)

_EXPERT = (
    "Takes the first object of its order that is not in its place: across at travel height, straight down, "
    "closed, up, across, down, opened; takes up again what slipped. Its pace, heights, bows and the places "
    "within the zone vary, its hand trembles. It commands ahead of its path what the underdamped arm needs "
    "to stay on it. What is executed is its action with noise of 0.002, so that the way back is shown too; "
    "what it wanted is the label."
)


ARM_REACH = 0.25
"""Demonstrations of stacking command less: over 200 episodes of each level, 175,656 steps, the expert turned
a joint by at most 0.17, to which noise adds 0.01; widths are 0.09 and 0.06."""

ARM = replace(
    RODS,
    env=".arm:ArmEnv",
    control_hz=1 / ARM_PERIOD_S,
    action=ActionField(
        shape=(8,),
        scale=RANDOM_STEP_M,
        reach=ARM_REACH,
        unit="rad",
        description=(
            "Changes of the 7 commanded joint angles per control step, and the width of the gripper in m: "
            "above 0.075 it opens, else it closes with 20 N. The runner never clips; the environment "
            "keeps the commanded angles within the joints' limits. The demonstrations command 0.09 and 0.06."
        ),
        components=(*(f"d joint {i}" for i in range(1, 8)), "width"),
        convention=Convention(
            kind="delta",
            origin="commanded",
            frame="joint",
            angular="1 rad",
            gripper="width",
            gripper_values="binary",
        ),
    ),
    presets=presets(num_test=60, num_repeats=18, num_standard=2),
    tags=RODS.tags | {"manipulation"},
)
"""The tasks of an arm at a table."""


def _task(level: int, summary: str) -> Task:
    return with_disturbances(
        ARM.task(
            f"stacking-{level}-v2",
            summary=summary,
            env_options={"rules": ARM.path(f".stacking:{RULES[level].__name__}")},
            horizon=1000,
            observation=_STATE,
            contexts_of=None if level == 1 else ":data/stacking-1-v2",
            make_contexts=".stacking:make_contexts",
            draw_fresh=".stacking:draw_fresh",
            splits=splits(100, beyond("object", "range", 12)),
            modes=tuple(" then ".join(order) for order in permutations(NAMES, level)),
            expert=".stacking_expert:StackingExpert",
            demonstrations=DemonstrationPlan(
                count=1095, balanced_modes=True, noise=0.002, description=_EXPERT
            ),
            source=SOURCE + _DEPARTURES.format(steps=LAYOUT.timing.steps),
        ),
        "stacking",
        rest=(*(0.0,) * 7, 0.08),  # the gripper stays open until the first action arrives
    )


STACKING_1 = _task(1, "Put any of three objects down in a target zone, with an arm.")
STACKING_2 = _task(2, "Stack any two of three objects in a target zone, with an arm.")
STACKING_3 = _task(3, "Stack three objects in a target zone in any order, with an arm.")
STACKING_3_IMAGE = image_variant(STACKING_3, count=12, horizon=1200)
