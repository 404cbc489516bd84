"""OGBench's point mazes, declared: two tasks a maze, which differ in what the demonstrations show."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from ilbench.contract.convention import Convention
from ilbench.contract.fields import ActionField, Field
from ilbench.contract.task import DemonstrationPlan, Split, Task
from ilbench.tasks.navigation.declaring import NAVIGATION, presets

POINT_FIELDS = (
    Field(
        name="state",
        shape=(2,),
        unit="m",
        description="Where the disk is.",
        components=("x (m)", "y (m)"),
    ),
    Field(
        name="goal",
        shape=(2,),
        unit="m",
        description="Where it has to go.",
        components=("x (m)", "y (m)"),
    ),
)

NUM_GOALS = 5
EPISODES_PER_GOAL = 50
NUM_TRAIN = 200
NUM_STITCHED = 100
STITCH_MOVES = 4
"""Cells between start and goal of the demonstrations to be stitched."""

TEST = Split(
    name="test",
    num_contexts=NUM_GOALS * EPISODES_PER_GOAL,
    description="OGBench's five starts and goals in turn, 50 times, each drawn within 1 m of its cell's "
    "center on each axis. No demonstration is asked to go from one of these starts to its goal.",
)


class Kind(NamedTuple):
    """What the demonstrations show.

    Attributes:
        train: Which starts and goals they have.
        num_demonstrations: How many there are.
    """

    train: str
    num_demonstrations: int


KINDS = {
    "navigate": Kind(
        train="Any free cell to any other that is no mere corridor, but not the pairs of test.",
        num_demonstrations=400,
    ),
    "stitch": Kind(
        train="Cells four moves apart: goals farther away have to be reached by ways put together.",
        num_demonstrations=400,
    ),
}
MAZES = ("medium", "large", "teleport")
CHAINS = {
    "navigate": {"medium": 2, "large": 2, "teleport": 2},
    "stitch": {"medium": 3, "large": 5, "teleport": 6},
}
"""By kind and maze, the most demonstrations that at least 50 of its pairs of cells need put together."""


def splits_of(maze: str, kind: str) -> tuple[Split, ...]:
    """Returns the splits of the task of that kind in that maze."""
    validation = Split(name="validation", num_contexts=50, description="Drawn as in train.")
    train = Split(name="train", num_contexts=NUM_TRAIN, description=KINDS[kind].train)
    seen = Split(
        name="shift/stitch-1",
        num_contexts=NUM_STITCHED,
        description="Pairs of cells which a standard demonstration passes in this order, whether or not it "
        "was sent there: the reference for the other stitch splits.",
    )
    chained = (
        Split(
            name=f"shift/stitch-{k}",
            num_contexts=NUM_STITCHED,
            description=f"Pairs of cells that no fewer than {k} standard demonstrations lead from one to the "
            "other, put together where they pass the same cell.",
            severity=k - 1,
        )
        for k in range(2, CHAINS[kind][maze] + 1)
    )
    return (train, validation, TEST, seen, *chained)


POINTS = replace(
    NAVIGATION,
    packages=("mujoco",),
    license="MIT (this implementation; OGBench's is MIT too)",
    control_hz=10.0,
    env=".ogbench_point:OgbenchPoint",
    action=ActionField(
        shape=(2,),
        low=-1.0,
        high=1.0,
        unit="0.2 m",
        description="How far the disk is moved before walls push it back.",
        components=("x", "y"),
        convention=Convention(kind="delta", origin="measured", frame="world", linear="0.2 m"),
    ),
    presets=presets(10, 50, NUM_GOALS * EPISODES_PER_GOAL),
    tags=NAVIGATION.tags | {"state", "continuous", "ogbench"},
)


def _point(maze: str, kind: str) -> Task:
    return POINTS.task(
        f"ogbench-pointmaze-{maze}-{kind}-v1",
        summary=f"Move a disk through OGBench's {maze} maze to any goal, after "
        + ("demonstrations all over it." if kind == "navigate" else "demonstrations of short ways."),
        env_options={"maze": maze},
        horizon=1000,
        observation=POINT_FIELDS,
        make_contexts=f".ogbench_contexts:make_{maze}_{kind}",
        draw_fresh=f".ogbench_contexts:fresh_{maze}",
        splits=splits_of(maze, kind),
        expert=".ogbench_expert:OgbenchPointExpert",
        demonstrations=DemonstrationPlan(
            count=KINDS[kind].num_demonstrations,
            noise=0.5,
            description="Breadth-first search over cells, around teleports, and straight to the goal in its "
            "cell. The action is a function of the observation; the noise is that of OGBench's data.",
        ),
        source=f"pointmaze-{maze}-v0 of OGBench 1.2.2 (Park et al., arXiv 2410.20092): its physics, goals, "
        f"reward, success rule, horizon; data as in pointmaze-{maze}-{kind}-v0. Departures: start and goal "
        "come from the context, the observation after a teleport is that at its exit, demonstrations are "
        "single ways to the goal that succeed. OGBench's own data, or such from its recipe, can be imported "
        "(format 'ogbench').",
    )


POINT_TASKS = tuple(_point(maze, kind) for maze in MAZES for kind in KINDS)
