"""What the Meta-World tasks are, declared without a simulator."""

from __future__ import annotations

from ilbench.task import ActionField, DemonstrationPlan, Field, Preset, Split, Task

_NOW = (
    "hand x (m)",
    "hand y (m)",
    "hand z (m)",
    "gripper opening (0.1 m)",
    *(
        f"object {number} {part}"
        for number in (1, 2)
        for part in ("x (m)", "y (m)", "z (m)", "qx (1)", "qy (1)", "qz (1)", "qw (1)")
    ),
)

STATE = Field(
    name="state",
    shape=(39,),
    unit="m; 1 for quaternions",
    description="Meta-World's fully observable vector: hand, gripper and up to two objects (zeros where "
    "there is none) now and one step before, then the goal.",
    components=(
        *_NOW,
        *(f"previous {name}" for name in _NOW),
        "goal x (m)",
        "goal y (m)",
        "goal z (m)",
    ),
)

MOCAP = ActionField(
    shape=(4,),
    low=-1.0,
    high=1.0,
    description="A step of the hand's target, 1 cm at full scale, and the gripper's effort: positive closes.",
    components=("x", "y", "z", "gripper effort"),
)

PICK_PLACE = Task(
    id="metaworld/pick-place-v2",
    summary="Pick up a puck and carry it to a goal in the air.",
    env="ilbench.tasks.manipulation.metaworld.env:MetaworldEnv",
    env_options={"env_name": "pick-place-v3"},
    packages=("metaworld", "mujoco"),
    extra="manipulation",
    horizon=500,
    control_hz=80.0,
    success_rule="ever",
    stops_on_success=True,
    observation=(STATE,),
    action=MOCAP,
    data="ilbench.tasks.manipulation.metaworld:data/pick-place-v2",
    make_contexts="ilbench.tasks.manipulation.metaworld.contexts:make_pick_place",
    splits=(
        Split(
            name="train",
            num_contexts=100,
            description="Meta-World's own distribution: puck in 20 x 10 cm, goal in 20 x 10 x 25 cm behind, "
            "at least 15 cm apart in the plane.",
        ),
        Split(name="test", num_contexts=100, description="Drawn as in train."),
        Split(
            name="shift/goal",
            num_contexts=50,
            description="Goal 15 to 30 cm to the left or right, where training goals end at 10 cm.",
        ),
        Split(
            name="shift/object",
            num_contexts=50,
            description="Puck 15 to 25 cm to the left or right, where training pucks end at 10 cm.",
        ),
    ),
    presets={
        "smoke": Preset(num_contexts=8),
        "standard": Preset(num_contexts=50),
        "full": Preset(num_contexts=100),
    },
    expert="ilbench.tasks.manipulation.metaworld.experts:PickPlaceExpert",
    demonstrations=DemonstrationPlan(
        count=100,
        noise=0.15,
        description="A feedback law without timers: down a funnel onto the puck, close, carry it straight to "
        "the goal. Speed, funnel and grasp height are drawn once an episode.",
    ),
    tags=frozenset({"mujoco", "state", "continuous", "robot-arm", "goal-conditioned"}),
    source="pick-place-v3 of Meta-World 3.1.1 (arXiv 1910.10897), goal observed, horizon 500, success at any "
    "step as in its evaluation protocol. Departures: an episode stops at its first success; the reward "
    "is Meta-World's less 10, its maximum, so that stopping costs nothing; starts and goals are frozen here.",
    licence="MIT",
)

TASKS: tuple[Task, ...] = (PICK_PLACE,)
