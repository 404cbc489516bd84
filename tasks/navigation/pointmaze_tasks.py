"""What the PointMaze tasks are, declared without a simulator."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from ilbench.contract.convention import Convention
from ilbench.contract.fields import ActionField, Field
from ilbench.contract.task import DemonstrationPlan, Preset, Split, Task
from ilbench.tasks.disturbances import disturbed
from ilbench.tasks.navigation.declaring import NAVIGATION, presets

WINDS_N = {
    "shift/wind-1": 10,
    "shift/wind-2": 20,
    "shift/wind-3": 30,
    "shift/wind-4": 40,
    "shift/wind-5": 50,
}
"""By split, the constant force on the ball, in newtons; a policy commands 100 N on each axis."""

STATE_FIELD = Field(
    name="state",
    shape=(6,),
    unit="m, m/s",
    description="Where the ball is, how fast it moves and where the goal is, from the maze's center.",
    components=("x (m)", "y (m)", "vx (m/s)", "vy (m/s)", "goal x (m)", "goal y (m)"),
)


class Row(NamedTuple):
    """What is particular to one of the mazes.

    Attributes:
        version: Of the task.
        horizon: Control steps, as in gymnasium-robotics.
        num_test: Contexts in ``test``.
        larger: The maze of ``shift/larger-maze``, None where there is none.
        max_moves: Cells between start and goal at most, so that the horizon suffices.
        summary: What has to be done.
    """

    version: int
    horizon: int
    num_test: int
    larger: str | None
    max_moves: int
    summary: str


MAZES = {
    "umaze": Row(1, 300, 200, "medium", 7, "Push a ball through a U-shaped corridor to a goal."),
    "medium": Row(1, 600, 100, "large", 14, "Push a ball through a maze to a goal."),
    "large": Row(1, 800, 200, None, 19, "Push a ball through a large maze to a goal."),
}
"""By name, the mazes of gymnasium-robotics that are tasks."""


def splits_of(name: str) -> tuple[Split, ...]:
    """Returns the splits of the task in the maze of that name."""
    row = MAZES[name]
    validation = Split(name="validation", num_contexts=50, description="Drawn as in train.")
    larger = Split(
        name="shift/larger-maze",
        num_contexts=100,
        description=f"The {row.larger} maze of gymnasium-robotics: a map that no training episode shows, "
        f"whose walls the observation does not tell. Start and goal at most {row.max_moves} cells apart.",
    )
    return (
        Split(
            name="train",
            num_contexts=200,
            description=f"Start and goal in different cells of the {name} maze, except in the pairs of "
            "quarters that shift/unseen-pairs holds out.",
        ),
        *([] if name == "medium" else [validation]),
        Split(name="test", num_contexts=row.num_test, description="Drawn as in train."),
        Split(
            name="shift/unseen-pairs",
            num_contexts=100,
            description="From the upper left to the lower right quarter, or from the lower left to the upper "
            "right: in train each of them is a start and each a goal, never together.",
        ),
        *([] if row.larger is None else [larger]),
        *(
            Split(
                name=split,
                num_contexts=100,
                description=f"A constant wind of {force} N in a direction of its own for each context, "
                "which the observation does not tell. Starts and goals drawn as in train, the same at each "
                "severity.",
                severity=severity,
            )
            for severity, (split, force) in enumerate(WINDS_N.items(), start=1)
        ),
    )


POINTMAZES = replace(
    NAVIGATION,
    control_hz=100.0,
    env=".pointmaze:PointMaze",
    action=ActionField(
        shape=(2,),
        low=-1.0,
        high=1.0,
        unit="100 N",
        description="The force on the ball of 4.19 kg during one control step of 10 ms.",
        components=("force x", "force y"),
        convention=Convention(kind="force", frame="world", linear="100 N"),
    ),
    tags=NAVIGATION.tags | {"state", "continuous"},
)


def _pointmaze(name: str) -> Task:
    row = MAZES[name]
    return POINTMAZES.task(
        f"pointmaze-{name}-v{row.version}",
        summary=row.summary,
        env_options={} if name == "medium" else {"maze": name},
        horizon=row.horizon,
        observation=(STATE_FIELD,),
        make_contexts=f".contexts:make_pointmaze_{name}",
        draw_fresh=f".contexts:fresh_pointmaze_{name}",
        splits=splits_of(name),
        presets=presets(8, 50, row.num_test),
        expert=".expert:PointMazeExpert",
        demonstrations=DemonstrationPlan(
            count=400,
            noise=0.2,
            description="Breadth-first search over cells, then steering at a set speed toward the furthest "
            "point of the way in free sight. But for the speed, drawn once an episode, the action is a "
            "function of the observation.",
        ),
        source=f"PointMaze_{name.title().replace('Um', 'UM')}-v3 of gymnasium-robotics 1.4.2 (after D4RL, "
        "arXiv 2004.07219): its model, physics, sparse reward and success rule, continuing_task=False. "
        "Departures: one float32 observation that holds the goal; start and goal come from the context.",
    )


POINTMAZE_UMAZE = _pointmaze("umaze")
POINTMAZE_MEDIUM = _pointmaze("medium")
POINTMAZE_LARGE = disturbed(
    _pointmaze("large"),
    ("sensor-noise", "sensor-bias", "sensor-drop", "observation-delay", "action-delay", "weak-action"),
    scales={"state": (2.4, 1.7, 1.8, 1.7, 2.9, 2.1)},
    num_contexts=50,
    shift=Preset(num_contexts=50),
)
TASKS = (POINTMAZE_UMAZE, POINTMAZE_MEDIUM, POINTMAZE_LARGE)
