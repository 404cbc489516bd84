"""What the robosuite tasks share in their declarations: the suite, fields, splits, texts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ilbench.contract.convention import Convention
from ilbench.contract.fields import ActionField, Field
from ilbench.contract.suite import Suite
from ilbench.contract.task import Preset, Split, Task

CONTROL_HZ = 20
BUILD_SEED = 0
"""Seeds what robosuite draws while it builds a model, such as the size of Lift's cube: a soft reset keeps
it."""

NUM_TRAIN = 200
NUM_TEST = 50

ARM_KEYS = ("robot0_eef_pos", "robot0_eef_quat", "robot0_gripper_qpos")
"""What every low-dimensional track of robomimic says about an arm, in its order."""

TWO_ARM_KEYS = (*ARM_KEYS, "robot1_eef_pos", "robot1_eef_quat", "robot1_gripper_qpos")

_ENDINGS = {
    "_quat": ("x (1)", "y (1)", "z (1)", "w (1)"),
    "_gripper_qpos": ("finger 1 (m)", "finger 2 (m)"),
    "hinge_qpos": ("(rad)",),
    "handle_qpos": ("(rad)",),
    "_contact": ("(0 or 1)",),
    "_bin": ("(0 or 1)",),
    "_assembled": ("(0 or 1)",),
    "_on_frame": ("(0 or 1)",),
    "_wiped": ("(share)",),
    "_radius": ("(m)",),
    **dict.fromkeys(
        ("_pos", "_xpos", "_centroid", "_marker", "_payload", "_lid_handle", "_trash", "_cubeA", "_cubeB"),
        ("x (m)", "y (m)", "z (m)"),
    ),
    **dict.fromkeys(
        ("_handle0", "_handle1"),
        ("x (m)", "y (m)", "z (m)"),
    ),
}
"""What the entries of an observable are, by the longest ending of its name."""


def components(key: str) -> tuple[str, ...]:
    """Returns a name with its unit for each entry of a robosuite observable.

    Raises:
        ValueError: Nothing is known about the observable.
    """
    ending = max((e for e in _ENDINGS if key.endswith(e)), key=len, default=None)
    if ending is None:
        raise ValueError(
            f"observable {key!r} ends in none of {', '.join(_ENDINGS)}: give its components a name"
        )
    return tuple(f"{key} {part}" for part in _ENDINGS[ending])


def state_field(keys: tuple[str, ...], where: str) -> Field:
    """Returns the field ``state`` that is made up of the given observables.

    Args:
        keys: Names of the observables, in order.
        where: Where the world's origin lies.
    """
    names = tuple(name for key in keys for name in components(key))
    return Field(
        name="state",
        shape=(len(names),),
        unit="m; 1 for quaternions",
        description=f"robosuite's named observables one after the other, in world coordinates; {where} "
        "A hand's quaternion is the hand body's, as in robomimic.",
        components=names,
    )


LOOK: dict[str, Any] = {
    "size": 84,
    "cameras": {"agentview": "agentview", "wrist": "robot0_eye_in_hand"},
    "samples": 0,
    "shadows": False,
    "reflections": False,
    "hidden_groups": [0],
}
"""How image tasks look: robomimic's cameras and size; group 0 holds the shapes that collide."""

TABLE = "the table's center is x = y = 0 and its top z = 0.8."

_AXES = ("x", "y", "z", "rotation x", "rotation y", "rotation z")
_STEP = (
    "A step of the hand from where it is, in the frame of the arm's base{frame}: 1 is 5 cm, or 0.5 rad as a "
    "rotation vector.{grip}"
)
_GRIP = " A positive gripper command closes, a negative opens."

_STEPS = Convention(
    kind="delta",
    origin="measured",
    frame="base",
    rotation="axis-angle",
    linear="0.05 m",
    angular="0.5 rad",
    gripper="positive-closes",
    gripper_values="binary",
)
"""The fingers' set-point moves by the command's sign alone, a fifth of half its range a step."""

OSC_POSE = ActionField(
    shape=(7,),
    low=-1.0,
    high=1.0,
    description=_STEP.format(frame=" (whose axes are the world's)", grip=_GRIP),
    components=(*_AXES, "gripper"),
    convention=replace(_STEPS, same_frames=("world",)),
)

OSC_POSE_NO_GRIPPER = ActionField(
    shape=(6,),
    low=-1.0,
    high=1.0,
    description=_STEP.format(frame=" (whose axes are the world's)", grip=""),
    components=_AXES,
    convention=replace(_STEPS, same_frames=("world",), gripper="none", gripper_values="none"),
)

TWO_OSC_POSES = ActionField(
    shape=(14,),
    low=-1.0,
    high=1.0,
    description=_STEP.format(
        frame=", which for robot 0 is the world's turned by +90 degrees about z and for robot 1 by -90",
        grip=_GRIP,
    ),
    components=tuple(f"robot {arm} {axis}" for arm in (0, 1) for axis in (*_AXES, "gripper")),
    convention=_STEPS,
)

ENV = "ilbench.tasks.manipulation.robosuite.env:RobosuiteEnv"

ROBOSUITE = Suite(
    name="robosuite",
    package="ilbench.tasks.manipulation.robosuite",
    packages=("mujoco", "robosuite", "numba", "scipy"),
    extra="manipulation",
    license="MIT",
    control_hz=CONTROL_HZ,
    env=ENV,
    action=OSC_POSE,
    presets={
        "smoke": Preset(num_contexts=4),
        "standard": Preset(num_contexts=20),
        "full": Preset(num_contexts=NUM_TEST, shift=Preset(num_contexts=NUM_TEST)),
    },
    tags=frozenset({"mujoco", "state", "continuous", "robot-arm"}),
)

SETTINGS = (
    "Panda, OSC_POSE deltas in the base's frame, 20 Hz, sparse reward, success as robosuite defines it, "
    "ended by the first success"
)
SEEDED = (
    "Departures: the controller's equations are solved in another way, equal up to rounding (the first "
    "successes of experts come at the same steps); the start follows from a seed, and the model is built "
    "once (soft reset) from seed 0"
)
RELATIVE = (
    "; observables that relate an object to the hand are of the same moment as the others, where robosuite "
    "1.5.2 takes the object's pose from the step before, and zeros at first; these poses, and quaternions of "
    "rotation matrices, are computed by MuJoCo's arithmetic, and not by a linear-algebra library whose last "
    "bits depend on the processor"
)


def seeded_splits(description: str) -> tuple[Split, ...]:
    """Returns ``train`` and ``test`` of robosuite's own starts, drawn from seeds.

    Args:
        description: What robosuite draws.
    """
    return (
        Split(
            name="train",
            num_contexts=NUM_TRAIN,
            description=f"robosuite's own starts, drawn from a seed: {description}",
        ),
        Split(name="test", num_contexts=NUM_TEST, description="Other seeds, drawn as in train."),
    )


def env_options(env_name: str, keys: tuple[str, ...], num_robots: int = 1) -> dict[str, Any]:
    """Returns the options of `RobosuiteEnv`: all that fixes the simulation besides the package versions.

    Args:
        env_name: Name of the robosuite environment.
        keys: Observables of ``state``, in order.
        num_robots: How many Pandas.
    """
    return {
        "env_name": env_name,
        "keys": list(keys),
        "robots": ["Panda"] * num_robots,
        "reset": "soft",
        "build_seed": BUILD_SEED,
        "torques": "direct",
    }


def image_variant(task: Task, where: str, expert: str, count: int) -> Task:
    """Returns the task seen by two cameras and the arm's own senses, on the same contexts.

    Args:
        task: The state task, of one arm.
        where: Where the world's origin lies.
        expert: Name of its class in `seen_expert`.
        count: Demonstrations.
    """
    size = (LOOK["size"], LOOK["size"], 3)
    plan = task.demonstrations
    return replace(
        task,
        id=f"{task.id.rpartition('-')[0]}-image-v1",
        summary=f"{task.summary} Seen by two cameras.",
        env_options={
            **task.env_options,
            "keys": list(ARM_KEYS),
            "full_keys": task.env_options["keys"],
            "look": LOOK,
        },
        observation=(
            state_field(ARM_KEYS, where),
            Field(name="agentview", shape=size, dtype="uint8", description="RGB from the front, upright."),
            Field(name="wrist", shape=size, dtype="uint8", description="RGB from the hand, upright."),
        ),
        data=f"{task.data.rpartition('-')[0]}-image-v1",
        contexts_of=task.data,
        expert=ROBOSUITE.path(f".seen_expert:{expert}"),
        demonstrations=None if plan is None else replace(plan, count=count),
        tags=task.tags - {"state"} | {"image"},
        source=f"{task.source} Pictures by robomimic's two cameras, in its size, without antialiasing and "
        "reflections.",
    )
