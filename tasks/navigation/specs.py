"""What the navigation tasks are, declared without a simulator."""

from __future__ import annotations

from ilbench.task import ActionField, DemonstrationPlan, Field, Preset, Split, Task

WINDS_N = {
    "shift/wind-1": 10,
    "shift/wind-2": 20,
    "shift/wind-3": 30,
    "shift/wind-4": 40,
    "shift/wind-5": 50,
}
"""By split, the constant force on the ball, in newtons; a policy commands 100 N on each axis."""

SPLITS = (
    Split(
        name="train",
        num_contexts=200,
        description="Start and goal in different cells of the medium maze, except in the pairs of quarters "
        "that shift/unseen-pairs holds out.",
    ),
    Split(name="test", num_contexts=100, description="Drawn as in train."),
    Split(
        name="shift/unseen-pairs",
        num_contexts=100,
        description="From the upper left to the lower right quarter, or from the lower left to the upper "
        "right: in train each of them is a start and each a goal, never together.",
    ),
    Split(
        name="shift/larger-maze",
        num_contexts=100,
        description="The large maze of gymnasium-robotics: a map that no training episode shows, whose walls "
        "the observation does not tell. Start and goal at most 14 cells apart.",
    ),
    *(
        Split(
            name=name,
            num_contexts=100,
            description=f"A constant wind of {force} N in a direction of its own for each context, which the "
            "observation does not tell. Starts and goals drawn as in train, the same at each severity.",
            severity=severity,
        )
        for severity, (name, force) in enumerate(WINDS_N.items(), start=1)
    ),
)

POINTMAZE_MEDIUM = Task(
    id="navigation/pointmaze-medium-v1",
    summary="Push a ball through a maze to a goal.",
    env="ilbench.tasks.navigation.pointmaze:PointMaze",
    packages=("gymnasium-robotics", "mujoco"),
    extra="navigation",
    horizon=600,
    control_hz=100.0,
    success_rule="ever",
    stops_on_success=True,
    observation=(
        Field(
            name="state",
            shape=(6,),
            unit="m, m/s",
            description="Where the ball is, how fast it moves and where the goal is, from the maze's center.",
            components=("x (m)", "y (m)", "vx (m/s)", "vy (m/s)", "goal x (m)", "goal y (m)"),
        ),
    ),
    action=ActionField(
        shape=(2,),
        low=-1.0,
        high=1.0,
        unit="100 N",
        description="The force on the ball of 4.19 kg during one control step of 10 ms.",
        components=("force x", "force y"),
    ),
    data="ilbench.tasks.navigation:data/pointmaze-medium-v1",
    make_contexts="ilbench.tasks.navigation.contexts:make_pointmaze_medium",
    splits=SPLITS,
    presets={
        "smoke": Preset(num_contexts=8),
        "standard": Preset(num_contexts=50),
        "full": Preset(num_contexts=100),
    },
    expert="ilbench.tasks.navigation.expert:PointMazeExpert",
    demonstrations=DemonstrationPlan(
        count=400,
        noise=0.2,
        description="Breadth-first search over cells, then steering at a set speed toward the furthest "
        "point of the way in free sight. But for the speed, drawn once an episode, the action is a function "
        "of the observation.",
    ),
    tags=frozenset({"navigation", "state", "continuous", "goal-conditioned"}),
    source="PointMaze_Medium-v3 of gymnasium-robotics 1.4.2 (after D4RL, arXiv 2004.07219): its model, "
    "physics, sparse reward and success rule, continuing_task=False. Departures: one float32 observation "
    "that holds the goal; start and goal come from the context.",
    licence="MIT (gymnasium-robotics); Apache-2.0 (maze code)",
)
