"""The Stacking tasks: put one, two or three objects on one spot, on top of each other, in any order."""

from __future__ import annotations

from itertools import combinations, pairwise, permutations
from typing import Any, ClassVar

import numpy as np

from ilbench.contract.fields import ActionField, Field
from ilbench.contract.task import DemonstrationPlan, Task
from ilbench.tasks.d3il import family
from ilbench.tasks.d3il.layout import LEVER_M, TABLE_Z_M, Block, Body, Layout, Rules, Situation, cube

CONTEXTS_SEED = 20261124
"""Version of the drawn contexts, which all levels share; a change of it is a new task version."""

OBJECTS = {
    "red": family.Box(x=(0.35, 0.45), y=(-0.25, -0.15)),
    "green": family.Box(x=(0.35, 0.45), y=(-0.10, 0.0)),
    "blue": family.Box(x=(0.55, 0.60), y=(-0.20, 0.0)),
}
NAMES = tuple(OBJECTS)
BLUE_HALF_M = (0.03, 0.05, 0.03)
TARGET = (0.5, 0.2)
ZONE_M = 0.06
"""How far from the target, seen from above, an object's center may be."""

STEP_M = 0.03
"""Objects of a stack differ in height by more than this."""

ARM_PERIOD_S = 0.030
"""Control period, as in D3IL."""

STILL_M_S = 0.01
STILL_STEPS = 5
"""An object lies where it is once it has moved more slowly than `STILL_M_S`, untouched, for so many steps."""

APART_M = {("red", "green"): 0.105, ("red", "blue"): 0.12, ("green", "blue"): 0.12}
"""Least distance of centers at the start: D3IL's ranges let objects begin inside each other."""

OUTSIDE_M = 0.012
"""How much farther out of their ranges the objects begin, at each severity."""

LAYOUT = Layout(
    start=(0.525, 0.0, 0.3),
    bodies=(
        cube("red", 0.03, 0.05, "red"),
        cube("green", 0.03, 0.05, "green"),
        Body(
            name="blue",
            blocks=(Block(half_size=BLUE_HALF_M, color="blue", mass=0.05),),
            rest_z=TABLE_Z_M + BLUE_HALF_M[2],
        ),
    ),
    markers=(Block(half_size=(0.05, 0.05, 0.001), pos=(*TARGET, TABLE_Z_M), color="target-grey"),),
    substeps=12,
)


class Stacking(Rules):
    """Success: as many objects as the level says lie in the target zone, and more than one as a stack.

    An object lies once the gripper has let go of it and it rests (`STILL_M_S`, `STILL_STEPS`); it is in the
    zone when its center is within 60 mm of the target, seen from above; a stack is of objects whose heights
    differ by more than 30 mm, pair by pair. Mode of one: which object. Mode of more: the stack from the
    bottom to the top, which is the order in which its objects came to lie. Undefined if two objects, or two
    stacks, come to lie in the same step.

    D3IL asks of three objects what is asked here but that they are released and rest; of one or two only that
    so many have ever been over the zone, so that one in the gripper, or two side by side, would do.
    """

    layout = LAYOUT
    level: ClassVar[int]

    def __init__(self) -> None:
        super().__init__()
        self.levers_m = (1.0, 1.0, 1.0, LEVER_M, LEVER_M) * len(NAMES)
        self.orders = tuple(permutations(range(len(NAMES)), self.level))

    def reset(self, context: Any, situation: Situation) -> None:
        """Forgets how long each object has been lying."""
        super().reset(context, situation)
        self._still = [0] * len(NAMES)

    def update(self, situation: Situation) -> None:
        """Notes which objects lie in the zone, and success when enough of them do."""
        for index, pose in enumerate(situation.objects):
            lies = (
                pose.distance(*TARGET) < ZONE_M
                and not situation.held[index]
                and situation.moving[index] < STILL_M_S
            )
            self._still[index] = self._still[index] + 1 if lies else 0
        if self.success:
            return
        heights = [pose.z for pose in situation.objects]
        lying = sorted(
            (i for i, steps in enumerate(self._still) if steps >= STILL_STEPS), key=heights.__getitem__
        )
        stacks = [
            stack
            for stack in combinations(lying, self.level)
            if all(heights[above] - heights[below] > STEP_M for below, above in pairwise(stack))
        ]
        if stacks:
            self.success = True
            self.mode = self.orders.index(stacks[0]) if len(stacks) == 1 else None

    def features(self, situation: Situation) -> list[float]:
        """Returns what a policy is shown of the objects: x, y, z, sin yaw, cos yaw of each."""
        return [value for p in situation.objects for value in (p.x, p.y, p.z, *p.heading)]


class StackingOne(Stacking):
    """One object in the zone."""

    level = 1


class StackingTwo(Stacking):
    """A stack of two."""

    level = 2


class StackingThree(Stacking):
    """A stack of three."""

    level = 3


RULES = {rules.level: rules for rules in (StackingOne, StackingTwo, StackingThree)}


def _draw(rng: np.random.Generator, severity: int) -> dict[str, Any]:
    inner, outer = OUTSIDE_M * (severity - 1), OUTSIDE_M * severity
    for _ in range(family.MAX_ATTEMPTS):
        poses = {
            name: box.draw(rng) if severity == 0 else box.draw_outside(rng, inner, outer)
            for name, box in OBJECTS.items()
        }
        gaps = {
            pair: np.hypot(poses[pair[0]][0] - poses[pair[1]][0], poses[pair[0]][1] - poses[pair[1]][1])
            for pair in APART_M
        }
        if all(gaps[pair] >= least for pair, least in APART_M.items()):
            return {"objects": list(poses.values())}
    raise RuntimeError(f"no poses far enough apart in {family.MAX_ATTEMPTS} draws")


def make_contexts() -> dict[str, list[dict[str, Any]]]:
    """Returns the contexts of every split: ``{"objects": [[x, y, yaw], ...]}``, red, green, blue."""
    return family.make_contexts(CONTEXTS_SEED, _draw, num_test=60)


_COMPONENTS = (
    *(f"commanded joint {i}" for i in range(1, 8)),
    "commanded width",
    *(f"measured joint {i}" for i in range(1, 8)),
    "measured width",
    *(f"{name} {part}" for name in NAMES for part in ("x", "y", "z", "sin yaw", "cos yaw")),
)

_SOURCE = (
    "Stacking: geometry, masses, ranges, horizon, control period, distances and 60 x 18 episodes in the "
    "full preset as in D3IL. Three tasks on one environment and the same contexts: one object in the zone, "
    "a stack of two there, of three. An object counts only when the gripper has let go of it and it rests; "
    "D3IL counts one or two as soon as they have been over the zone, in the gripper or side by side, and "
    "three without a look at the gripper. Modes of two and three: the stack from bottom to top. Objects "
    "begin at least 105 mm apart (120 mm from the blue one), where D3IL's ranges let them overlap. The "
    "joints follow the set-point as springs of five times D3IL's stiffness, damped for a lag of 83 ms in "
    "each, without its feed-forward; commanded joints stay within the arm's limits; hand and fingers touch, "
    "the links above do not; the fingers are coupled; {substeps} physics steps a control step for D3IL's "
    "30, implicit in the velocities. Observations after the action, the measured joints and width among "
    "them (D3IL shows its policies the commanded ones alone); success latched; yaw as (sin, cos), not tan; "
    "a table without edges; contexts of our own versioned seed; 1,095 scripted demonstrations for as many "
    "human ones. "
)

_ACTION = ActionField(
    shape=(8,),
    scale=family.RANDOM_STEP_M,
    reach=0.1,
    unit="rad",
    description=(
        "Changes of the 7 commanded joint angles per control step, and the width of the gripper in m: above "
        "0.075 it opens, else it closes with 20 N. The runner never clips; the environment keeps the "
        "commanded angles within the joints' limits. The demonstrations command 0.09 and 0.06."
    ),
    components=(*(f"d joint {i}" for i in range(1, 8)), "width"),
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
    "within the zone vary, its hand trembles. What it does follows from what is observed, but for the order. "
    "What is executed is its action with noise of 0.002, so that the way back is shown too; what it wanted "
    "is the label."
)


def _modes(level: int) -> tuple[str, ...]:
    return tuple(" then ".join(order) for order in permutations(NAMES, level))


def _task(level: int, summary: str, count: int) -> Task:
    rules = RULES[level]
    return Task(
        id=f"d3il/stacking-{level}-v1",
        summary=summary,
        env="ilbench.tasks.d3il.arm:ArmEnv",
        env_options={"rules": f"ilbench.tasks.d3il.stacking:{rules.__name__}"},
        extra="d3il",
        packages=("mujoco",),
        horizon=1000,
        control_hz=1 / ARM_PERIOD_S,
        success_rule="ever",
        observation=_STATE,
        action=_ACTION,
        data=f"ilbench.tasks.d3il:data/stacking-{level}-v1",
        contexts_of=None if level == 1 else "ilbench.tasks.d3il:data/stacking-1-v1",
        make_contexts="ilbench.tasks.d3il.stacking:make_contexts",
        splits=family.splits(
            60,
            "Each object begins outside of its range, by up to 12 mm times the severity and by more than at "
            "the severity below.",
        ),
        presets=family.presets(num_test=60, num_repeats=18, num_standard=2),
        modes=_modes(level),
        expert="ilbench.tasks.d3il.stacking_expert:StackingExpert",
        demonstrations=DemonstrationPlan(count=count, balanced_modes=True, description=_EXPERT, noise=0.002),
        tags=frozenset({"mujoco", "state", "continuous", "multimodal", "manipulation"}),
        source=family.SOURCE + _SOURCE.format(substeps=LAYOUT.substeps),
        license=family.LICENSE,
    )


STACKING_1 = _task(1, "Put any of three objects down in a target zone, with an arm.", 1095)
STACKING_2 = _task(2, "Stack any two of three objects in a target zone, with an arm.", 1095)
STACKING_3 = _task(3, "Stack three objects in a target zone in any order, with an arm.", 1095)
STACKING_3_IMAGE = family.image_variant(STACKING_3, count=12, horizon=1200)
