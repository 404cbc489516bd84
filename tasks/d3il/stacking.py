"""The rules of Stacking: put one, two or three objects on one spot, on top of each other, in any order."""

from __future__ import annotations

from itertools import combinations, pairwise, permutations
from typing import TYPE_CHECKING, Any, ClassVar

from ilbench.tasks.d3il.contexts import MAX_ATTEMPTS, Box, draw_contexts, fresh_by, published
from ilbench.tasks.d3il.layout import (
    HOME,
    TABLE_Z_M,
    Block,
    Body,
    Layout,
    Rules,
    Situation,
    Timing,
    cube,
)

if TYPE_CHECKING:
    import numpy as np

CONTEXTS_SEED = 20261124
"""Version of the drawn contexts, which all levels share; a change of it is a new task version."""

OBJECTS = {
    "red": Box(x=(0.35, 0.45), y=(-0.25, -0.15)),
    "green": Box(x=(0.35, 0.45), y=(-0.10, 0.0)),
    "blue": Box(x=(0.55, 0.60), y=(-0.20, 0.0)),
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
    posture=HOME,
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
    timing=Timing(steps=8, implicit=0.75),
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
        self.num_features = 5 * len(NAMES)
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
    import numpy as np

    inner, outer = OUTSIDE_M * (severity - 1), OUTSIDE_M * severity
    for _ in range(MAX_ATTEMPTS):
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
    raise RuntimeError(f"no poses far enough apart in {MAX_ATTEMPTS} draws")


def make_contexts() -> dict[str, list[dict[str, Any]]]:
    """Returns the contexts of every split: ``{"objects": [[x, y, yaw], ...]}``, red, green, blue.

    ``test`` holds the 100 on which D3IL tests, of which it plays the first 60.
    """
    return draw_contexts(CONTEXTS_SEED, _draw, test=published("stacking"))


draw_fresh = fresh_by(_draw)
