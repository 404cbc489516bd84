"""The discrete mazes, declared."""

from __future__ import annotations

from dataclasses import replace

from ilbench.contract.convention import Convention
from ilbench.contract.fields import ActionField, Field
from ilbench.contract.task import DemonstrationPlan, Split, Task
from ilbench.tasks.navigation.declaring import NAVIGATION
from ilbench.tasks.navigation.tunnels import NUM_ACTIONS, Tunnels

TUNNELS = {"maze-16": Tunnels(size=16), "maze-25": Tunnels(size=25)}
"""How the mazes of each task are dug."""

PAIRS_PER_LAYOUT = 4
"""Starts and goals in each training layout; its contexts follow one another."""

HORIZONS = {"maze-16": 100, "maze-25": 250}

TEST = (
    Split(name="validation", num_contexts=50, description="As test, of layouts that are not in test."),
    Split(
        name="test",
        num_contexts=200,
        description="200 layouts that are not in train, dug alike, with one start and goal each, drawn "
        "uniformly from the free cells.",
    ),
)
SHIFTS = (
    Split(
        name="shift/new-pairs",
        num_contexts=100,
        description="Every other layout of train, with a start and a goal that train does not have there.",
    ),
    Split(
        name="shift/no-loops",
        num_contexts=100,
        description="Layouts without shortcuts: one way between any two rooms, in train there are several.",
    ),
    Split(
        name="shift/narrow",
        num_contexts=100,
        description="Tunnels of one cell in place of two: another look, more rooms, longer ways.",
    ),
)
SPLITS = {
    "maze-16": (
        Split(
            name="train",
            num_contexts=800,
            description="200 layouts with four starts and goals each, one after the other: the first 4 K "
            "contexts are those of K layouts.",
        ),
        *TEST,
        *SHIFTS,
    ),
    "maze-25": (
        Split(
            name="train",
            num_contexts=200,
            description="50 layouts with four starts and goals each, one after the other.",
        ),
        *TEST,
    ),
}


TUNNEL_MAZES = replace(
    NAVIGATION,
    packages=(),
    license="MIT (this implementation)",
    env=".tunnel_maze:TunnelMaze",
    action=ActionField(
        num_actions=NUM_ACTIONS,
        description="0 up, 1 right, 2 down, 3 left by one cell, 4 nothing; into a wall: nothing.",
        convention=Convention(kind="discrete", frame="screen"),
    ),
    tags=NAVIGATION.tags | {"discrete", "procedural", "generalization"},
)


def grid_field(size: int) -> Field:
    """Returns what is observed of a maze with `size` cells on a side."""
    return Field(
        name="grid",
        shape=(size, size, 3),
        dtype="uint8",
        description="The whole maze, row 0 at the top; planes of 0 and 1: walls, goal, agent.",
    )


def expansions_field(size: int) -> Field:
    """Returns what the expert computes for an action."""
    return Field(
        name="expansions",
        shape=(size, size, 2),
        dtype="uint8",
        description="Breadth-first search from the goal: round in which a cell was reached, and the action "
        "that leads from it towards the goal; 255 where it was not reached before the search met the agent.",
    )


def _maze(name: str, summary: str) -> Task:
    size = TUNNELS[name].size
    return TUNNEL_MAZES.task(
        f"{name}-v1",
        summary=summary,
        env_options={"size": size},
        horizon=HORIZONS[name],
        observation=(grid_field(size),),
        layouts=".layouts:LAYOUTS",
        make_contexts=f".tunnel_contexts:make_{name.replace('-', '_')}",
        draw_fresh=f".tunnel_contexts:fresh_{name.replace('-', '_')}",
        splits=SPLITS[name],
        expert=".tunnel_expert:TunnelExpert",
        demonstrations=DemonstrationPlan(
            count=SPLITS[name][0].num_contexts,
            description="Breadth-first search from the goal, anew at each step; of several shortest ways "
            "always the same, so that the action is a function of the observation.",
            procedure=(expansions_field(size),),
        ),
        source="After the discrete maze of Procedure Cloning (Yang et al., arXiv 2205.10816), dug as its "
        "'tunnel' maze of DICE: rooms and tunnels of two cells, depth first, a tenth of the walls tried as "
        "shortcuts from each side. Departures: fixed lists of layouts, held out by their digest (there: five "
        "to train on, one to test on), an action that stays, no episode begins at its goal.",
    )


MAZE_16 = _maze(
    "maze-16", "Walk through a maze of 16 x 16 cells to a goal, in layouts that no demonstration showed."
)
MAZE_25 = _maze("maze-25", "Walk through a maze of 25 x 25 cells to a goal, in layouts never demonstrated.")
TASKS = (MAZE_16, MAZE_25)
