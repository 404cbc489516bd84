"""What the robosuite tasks are, declared without a simulator."""

from __future__ import annotations

from ilbench.task import ActionField, DemonstrationPlan, Field, Preset, Split, Task

CONTROL_HZ = 20

LIFT_KEYS = (
    "robot0_eef_pos",
    "robot0_eef_quat",
    "robot0_gripper_qpos",
    "cube_pos",
    "cube_quat",
    "gripper_to_cube_pos",
)
"""The observables of robomimic's low-dimensional track, in its order; this project owns the order."""

PLACEMENT_DISTANCES_M = (0.05, 0.075, 0.1, 0.125, 0.15)
"""By severity, how far from the table's center ``shift/placement-*`` puts the cube."""


def components(key: str) -> tuple[str, ...]:
    """Returns a name with its unit for each entry of a robosuite observable.

    Raises:
        ValueError: Nothing is known about the observable.
    """
    endings = {
        "_pos": ("x (m)", "y (m)", "z (m)"),
        "_quat": ("x (1)", "y (1)", "z (1)", "w (1)"),
        "_gripper_qpos": ("finger 1 (m)", "finger 2 (m)"),
    }
    for ending, parts in endings.items():
        if key.endswith(ending):
            return tuple(f"{key} {part}" for part in parts)
    raise ValueError(f"observable {key!r} ends in none of {', '.join(endings)}: give its components a name")


def state_field(keys: tuple[str, ...]) -> Field:
    """Returns the field ``state`` that is made up of the given observables."""
    names = tuple(name for key in keys for name in components(key))
    return Field(
        name="state",
        shape=(len(names),),
        unit="m; 1 for quaternions",
        description="robosuite's named observables one after the other, in world coordinates; the table's "
        "center is x = y = 0 and its top z = 0.8. The hand's quaternion is the hand body's, as in robomimic.",
        components=names,
    )


OSC_POSE = ActionField(
    shape=(7,),
    low=-1.0,
    high=1.0,
    description="A step of the hand from where it is, in the base frame (whose axes are the world's): 1 is "
    "5 cm, or 0.5 rad as a rotation vector. A positive gripper command closes, a negative opens.",
    components=("x", "y", "z", "rotation x", "rotation y", "rotation z", "gripper"),
)

LIFT = Task(
    id="robosuite/lift-v2",
    summary="Lift a cube off the table.",
    env="ilbench.tasks.manipulation.robosuite.env:RobosuiteEnv",
    env_options={"env_name": "Lift", "keys": list(LIFT_KEYS)},
    packages=("mujoco", "robosuite", "numba", "scipy"),
    extra="manipulation",
    horizon=400,
    control_hz=CONTROL_HZ,
    success_rule="ever",
    stops_on_success=True,
    observation=(state_field(LIFT_KEYS),),
    action=OSC_POSE,
    data="ilbench.tasks.manipulation.robosuite:data/lift-v2",
    make_contexts="ilbench.tasks.manipulation.robosuite.contexts:make_lift",
    splits=(
        Split(
            name="train",
            num_contexts=200,
            description="robosuite's own starts, drawn from a seed: cube within 3 cm of the center along x "
            "and y, at any yaw; normal noise of 0.02 rad on the arm's joints.",
        ),
        Split(name="test", num_contexts=100, description="Other seeds, drawn as in train."),
        *(
            Split(
                name=f"shift/placement-{severity}",
                num_contexts=50,
                description=f"Cube {100 * distance:g} cm from the center, where no training cube is; its "
                "direction and yaw and the arm are the same at each severity.",
                severity=severity,
            )
            for severity, distance in enumerate(PLACEMENT_DISTANCES_M, start=1)
        ),
    ),
    presets={
        "smoke": Preset(num_contexts=4),
        "standard": Preset(num_contexts=20),
        "full": Preset(num_contexts=100),
    },
    expert="ilbench.tasks.manipulation.robosuite.experts:LiftExpert",
    demonstrations=DemonstrationPlan(
        count=200,
        noise=0.15,
        description="A feedback law without timers: down a funnel onto the cube while turning to its nearest "
        "face, close around it, lift once held. Speed, funnel and grasp height are drawn once an episode.",
    ),
    tags=frozenset({"mujoco", "state", "continuous", "robot-arm"}),
    source="Lift of robosuite 1.5.2 (arXiv 2009.12293) with the settings of robomimic's low-dimensional "
    "track (arXiv 2108.03298): Panda, OSC_POSE deltas, 20 Hz, sparse reward, horizon 400, success once the "
    "cube is 4 cm above the table. Departures: the start follows from a seed, and the cube's size, which "
    "robosuite draws while it builds the model, is the same in every episode (soft reset).",
    licence="MIT",
)

TASKS: tuple[Task, ...] = (LIFT,)
