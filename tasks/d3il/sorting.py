"""The rules of Sorting: two, four or six cubes into the bin of their color, in any order of colors."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import combinations
from math import cos, hypot, pi, sin
from typing import TYPE_CHECKING, Any, ClassVar

from ilbench.contract.task import Context
from ilbench.tasks.d3il.contexts import MAX_ATTEMPTS, Box, draw_contexts, fresh_by
from ilbench.tasks.d3il.layout import COARSE, Block, Layout, Pose, Rules, Situation, cube
from ilbench.tasks.d3il.shifts import NUM_SHIFTED

if TYPE_CHECKING:
    import numpy as np

CONTEXTS_SEED = 20261122
"""Version of the drawn contexts; a change of it is a new task version."""

PLATFORM_Z_M = 0.10
"""Height of the platform's top, and of the walls' of the bins beyond its edge."""

EDGE_Y_M = 0.20
"""The platform's far edge."""

BINS = {"red": (0.3, 0.5), "blue": (0.525, 0.725)}
"""Bounds of the bins in x, m."""

BIN_Y = (0.22, 0.41)
BIN_CENTER_Y_M = 0.32
HALF_M = 0.03
"""Half the edge of a cube."""

SLOTS = tuple(
    Box(x=x, y=y) for x in ((0.40, 0.50), (0.55, 0.65)) for y in ((-0.15, -0.10), (-0.05, 0.0), (0.05, 0.10))
)
OUTSIDE_M = 0.01
"""How much farther out of their slots the cubes begin, at each severity; at 5 they are 8 mm off the edge."""

GAP_M = 0.004
"""Least gap between cubes at the start."""

WALL_M, FAR_WALL_M = 0.005, 0.010
"""Half the thickness of the bins' walls. A cube with its center between them cannot rest on a wall."""

NUM_TEST = 60


POSTURE = (-0.326827, 0.245626, -0.203253, -1.952194, 0.063151, 2.195506, 0.224576)
"""Joint angles at the start, rad: 130 mm over the platform, (0.525, -0.299, 0.252)."""


def orders(num_cubes: int) -> tuple[tuple[str, ...], ...]:
    """Returns the orders of colors in which the cubes can be sorted: the modes, red before blue."""
    reds = combinations(range(num_cubes), num_cubes // 2)
    return tuple(tuple("red" if i in red else "blue" for i in range(num_cubes)) for red in reds)


def names(num_cubes: int) -> tuple[str, ...]:
    """Returns the names of the cubes, red before blue."""
    return tuple(f"{color}{i + 1}" for color in BINS for i in range(num_cubes // 2))


def is_inside(pose: Pose, color: str) -> bool:
    """Returns whether a cube's center is strictly between the walls of the bin of a color."""
    low, high = BINS[color]
    return low + WALL_M < pose.x < high - WALL_M and BIN_Y[0] + WALL_M < pose.y < BIN_Y[1] - FAR_WALL_M


def _walls(color: str) -> tuple[Block, ...]:
    (left, right), (near, far) = BINS[color], BIN_Y
    middle_x, middle_y = (left + right) / 2, (near + far) / 2
    along_x, along_y = (right - left) / 2 + WALL_M, (far - near) / 2 + WALL_M
    return (
        Block(half_size=(WALL_M, along_y, 0.1), pos=(left, middle_y, 0.0), color=color),
        Block(half_size=(WALL_M, along_y, 0.1), pos=(right, middle_y, 0.0), color=color),
        Block(half_size=(along_x, WALL_M, 0.1), pos=(middle_x, near, 0.0), color=color),
        Block(half_size=(along_x, FAR_WALL_M, 0.1), pos=(middle_x, far, 0.0), color=color),
    )


PLATFORM = Block(half_size=(0.3, 0.3, 0.1), pos=(0.5, -0.1, 0.0), color="wood", friction=(0.3, 0.005, 0.0001))


def _layout(num_cubes: int) -> Layout:
    return Layout(
        posture=POSTURE,
        bodies=tuple(cube(name, HALF_M, 0.05, name.rstrip("123"), PLATFORM_Z_M) for name in names(num_cubes)),
        fixtures=(PLATFORM, *_walls("red"), *_walls("blue")),
        clutter=cube("clutter", HALF_M, 0.05, "grey", PLATFORM_Z_M),
        timing=COARSE,
    )


class Sorting(Rules):
    """Success: every cube in the bin of its color at once. Mode: the order of colors in which they got there.

    As in D3IL, at most one cube is registered per control step: of those not yet registered the one nearest
    to its own bin's center is tested. Once registered it stays so, even if it leaves its bin. Where the
    last cubes drop in the same step, the rest is registered with the success, nearest first, so that every
    success has a mode. An episode without success has one only if every cube was registered.

    Attributes:
        registered: Indexes of the cubes registered so far, in order.
    """

    layout: ClassVar[Layout]

    def __init__(self) -> None:
        super().__init__()
        self.colors = tuple(body.blocks[0].color for body in self.layout.bodies)
        self.registered: list[int] = []
        self._modes = {order: mode for mode, order in enumerate(orders(len(self.colors)))}

    def reset(self, context: Context, situation: Situation) -> None:
        """Forgets which cubes were registered."""
        super().reset(context, situation)
        self.registered = []

    def update(self, situation: Situation) -> None:
        """Registers at most one cube, and notes success."""
        if self.success:
            return
        inside = [is_inside(pose, color) for pose, color in zip(situation.objects, self.colors, strict=True)]
        waiting = sorted(
            (hypot(pose.x - sum(BINS[color]) / 2, pose.y - BIN_CENTER_Y_M), i)
            for i, (pose, color) in enumerate(zip(situation.objects, self.colors, strict=True))
            if i not in self.registered
        )
        if waiting and inside[waiting[0][1]]:
            self.registered.append(waiting.pop(0)[1])
        if all(inside):
            self.success = True
            self.registered += [i for _, i in waiting]
        if len(self.registered) == len(self.colors):
            self.mode = self._modes[tuple(self.colors[i] for i in self.registered)]


class Sorting2(Sorting):
    """One red and one blue cube."""

    layout = _layout(2)


class Sorting4(Sorting):
    """Two red and two blue cubes."""

    layout = _layout(4)


class Sorting6(Sorting):
    """Three red and three blue cubes."""

    layout = _layout(6)


def overlap(one: list[float], other: list[float], gap_m: float) -> bool:
    """Returns whether two cubes at [x, y, yaw] are nearer to each other than `gap_m`, at most.

    Squares are apart if and only if a line along one of their sides separates them; the gap is measured
    across that line.
    """
    dx, dy = other[0] - one[0], other[1] - one[1]
    turn = abs((other[2] - one[2] + pi / 4) % (pi / 2) - pi / 4)
    reach = HALF_M + HALF_M * (cos(turn) + sin(turn)) + gap_m
    axes = [(cos(yaw), sin(yaw)) for yaw in (one[2], other[2])]
    return all(abs(dx * c + dy * s) < reach and abs(dy * c - dx * s) < reach for c, s in axes)


def _draw(rng: np.random.Generator, severity: int) -> dict[str, Any]:
    """Returns six poses on the platform in random order; a task uses the first ones."""
    inner, outer = OUTSIDE_M * (severity - 1), OUTSIDE_M * severity
    for _ in range(MAX_ATTEMPTS):
        poses = [slot.draw(rng) if severity == 0 else slot.draw_outside(rng, inner, outer) for slot in SLOTS]
        if not any(overlap(one, other, GAP_M) for one, other in combinations(poses, 2)):
            return {"objects": [poses[i] for i in rng.permutation(len(poses))]}
    raise RuntimeError(f"no six cubes apart in {MAX_ATTEMPTS} draws")


def make_contexts(num_cubes: int) -> dict[str, list[dict[str, Any]]]:
    """Returns the contexts of every split: ``{"objects": [[x, y, yaw], ...]}``, red cubes first.

    The three tasks share their contexts: that with fewer cubes has the first of the six poses of each.
    ``"clutter"`` in shift/more-objects holds poses that the task leaves free.
    """
    made = draw_contexts(CONTEXTS_SEED, _draw, test=NUM_TEST)
    free = [context["objects"][num_cubes:] for context in made["test"][:NUM_SHIFTED]]
    contexts = {
        name: [{**context, "objects": context["objects"][:num_cubes]} for context in split]
        for name, split in made.items()
    }
    for count in range(1, 7 - num_cubes):
        contexts[f"shift/more-objects-{count}"] = [
            {**context, "clutter": poses[:count]}
            for context, poses in zip(contexts["test"], free, strict=False)
        ]
    return contexts


def make_contexts_2() -> dict[str, list[dict[str, Any]]]:
    """Returns the contexts of sorting-2."""
    return make_contexts(2)


def make_contexts_4() -> dict[str, list[dict[str, Any]]]:
    """Returns the contexts of sorting-4."""
    return make_contexts(4)


def make_contexts_6() -> dict[str, list[dict[str, Any]]]:
    """Returns the contexts of sorting-6."""
    return make_contexts(6)


def _draw_fresh(num_cubes: int, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    for context in fresh_by(_draw)(rng):
        yield {"objects": context["objects"][:num_cubes]}


draw_fresh_2 = partial(_draw_fresh, 2)
draw_fresh_4 = partial(_draw_fresh, 4)
draw_fresh_6 = partial(_draw_fresh, 6)
