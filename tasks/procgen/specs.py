"""The Procgen tasks, declared without loading the simulator."""

from typing import Any

from ilbench.task import ActionField, DemonstrationPlan, Field, Preset, Split, Task

IMAGE = Field(
    name="image",
    shape=(64, 64, 3),
    dtype="uint8",
    description="The game as drawn, RGB, row 0 at the top; in maze the whole world is in view",
)
NUM_ACTIONS = 15
NUM_LEVELS = 200
FIRST_TEST_LEVEL = 250
FIRST_HARD_LEVEL = 1000
MAZE_OPTIONS: dict[str, Any] = {"game": "maze", "time_limit": 500, "distribution_mode": "easy"}

MAZE = Task(
    id="procgen/maze-v1",
    summary="Lead a mouse through a maze to the cheese, in levels that the demonstrations did not show.",
    env="ilbench.tasks.procgen.environment:ProcgenEnv",
    env_options=MAZE_OPTIONS,
    packages=("procgen-mirror",),
    extra="procgen",
    horizon=500,
    success_rule="ever",
    observation=(IMAGE,),
    action=ActionField(
        num_actions=NUM_ACTIONS,
        description="0-2 left, 3 down, 4 nothing, 5 up, 6-8 right, one cell a step; 9-14 nothing (in maze)",
    ),
    data="ilbench.tasks.procgen:data/maze-v1",
    make_contexts="ilbench.tasks.procgen.maze:make_contexts",
    splits=(
        Split(
            name="train",
            num_contexts=NUM_LEVELS,
            description="Easy levels 0 to 199: mazes of 3 to 15 cells a side in a world of 15.",
        ),
        Split(
            name="test",
            num_contexts=NUM_LEVELS,
            description="Easy levels from 250 on whose maze, cheese included, occurs neither in train nor in "
            "an earlier one. Nearly all mazes of 3 cells are in train: 40 levels there, 3 here.",
        ),
        Split(
            name="shift/plain",
            num_contexts=NUM_LEVELS,
            description="The test levels, on black in place of a background image; same dynamics.",
        ),
        Split(
            name="shift/hard",
            num_contexts=NUM_LEVELS,
            description="Hard levels from 1000 on, each maze new: 3 to 25 cells a side in a world of 25, so "
            "that paths are longer and a cell is drawn 2.6 pixels wide in place of 4.3.",
        ),
    ),
    presets={
        "smoke": Preset(num_contexts=20),
        "standard": Preset(num_contexts=100),
        "full": Preset(num_contexts=200),
    },
    expert="ilbench.tasks.procgen.maze:MazeExpert",
    demonstrations=DemonstrationPlan(
        count=200, description="The shortest path to the cheese, planned anew from wherever the mouse is."
    ),
    tags=frozenset({"discrete", "generalization", "navigation", "pixels", "procedural"}),
    source="Procgen (Cobbe et al., ICML 2020), openai/procgen 0.10.7 as packaged in procgen-mirror: easy "
    "mode, its reward (10 at the cheese) and time limit. Departs from the usual protocol in the test split: "
    "a fixed list of levels, each once, without those whose maze is also in train (every ninth), where the "
    "usual one draws from all levels with replacement.",
    licence="MIT",
)
