"""What the Adroit tasks are, declared without a simulator."""

from __future__ import annotations

from ilbench.contract.convention import Convention
from ilbench.contract.fields import ActionField, Field
from ilbench.contract.suite import Suite
from ilbench.contract.task import DemonstrationPlan, Preset, Split, Task

HAND = (
    *("WRJ1", "WRJ0"),
    *(f"{finger}J{joint}" for finger in ("FF", "MF", "RF") for joint in (3, 2, 1, 0)),
    *(f"LFJ{joint}" for joint in (4, 3, 2, 1, 0)),
    *(f"THJ{joint}" for joint in (4, 3, 2, 1, 0)),
)
"""The 24 joints of wrist and fingers (first, middle, ring, little, thumb), as the model calls them."""

ARM = ("ARTx", "ARTy", "ARTz", "ARRx", "ARRy", "ARRz")
"""The arm's joints: it slides along and turns about three axes; a task has some of them."""

DEMONSTRATION_NOISE = 0.1
"""Standard deviation of what is added to the actions that demonstrations are executed with, in half joint
ranges, as large as the policies' own (0.05 to 0.2 in most joints). The label stays the policy's mean. Without
it the policy does the same again where it fails, and some starts would have no demonstration."""

STEPS_AFTER_SUCCESS = 30
"""Of a demonstration: DAPG calls an episode a success that is one for more than 25 steps."""

AXES = ("x", "y", "z")

ADROIT = Suite(
    name="adroit",
    package="ilbench.tasks.manipulation.gymnasium_robotics",
    packages=("gymnasium-robotics", "mujoco"),
    extra="manipulation",
    license="Apache-2.0 (Adroit environments); MIT (gymnasium-robotics)",
    control_hz=100.0,
    stops_on_success=False,
    presets={
        "smoke": Preset(num_contexts=4),
        "standard": Preset(num_contexts=20),
        "full": Preset(num_contexts=50),
    },
    tags=frozenset({"mujoco", "state", "continuous", "dexterous-hand"}),
)


def _joints(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{name} ({'m' if name.startswith('ART') else 'rad'})" for name in names)


def _vector(name: str, unit: str = "m") -> tuple[str, ...]:
    return tuple(f"{name} {axis} ({unit})" for axis in AXES)


def _state(components: tuple[str, ...]) -> tuple[Field, ...]:
    return (
        Field(
            name="state",
            shape=(len(components),),
            unit="m, rad, m/s, rad/s, N; 1 for directions",
            description="D4RL's observation: joints of arm and hand, then what matters of the scene.",
            components=components,
        ),
    )


def _action(joints: tuple[str, ...]) -> ActionField:
    return ActionField(
        shape=(len(joints),),
        low=-1.0,
        high=1.0,
        description="Wanted joint positions of arm and hand, each scaled so that -1 and 1 are the ends of "
        "its range.",
        components=joints,
        convention=Convention(
            kind="absolute",
            frame="joint",
            linear="1 half-range" if any(joint.startswith("ART") for joint in joints) else "none",
            angular="1 half-range",
        ),
    )


def _task(
    *,
    name: str,
    summary: str,
    env: str,
    observation: tuple[str, ...],
    joints: tuple[str, ...],
    where: str,
    shift: Split,
    rule: str,
    expert: str,
    noise: float = DEMONSTRATION_NOISE,
    departure: str = "",
) -> Task:
    """Returns an Adroit task; what they have in common is said here."""
    return ADROIT.task(
        f"{name}-v1",
        summary=summary,
        env=f".adroit_env:{env}",
        horizon=200,
        observation=_state(observation),
        action=_action(joints),
        make_contexts=f".contexts:make_{name}",
        draw_fresh=f".contexts:FRESH.{name}",
        expert=f".adroit_expert:{expert}",
        demonstrations=DemonstrationPlan(
            count=100,
            noise=noise,
            description="The policy that DAPG trained from people's demonstrations and by reinforcement.",
            steps_after_success=STEPS_AFTER_SUCCESS,
        ),
        splits=(
            Split(name="train", num_contexts=200, description=where),
            Split(name="test", num_contexts=50, description="Drawn as in train."),
            shift,
        ),
        source=f"AdroitHand{env.removesuffix('Env')}-v1 of gymnasium-robotics 1.4.2 (DAPG, arXiv 1709.10087; "
        f"D4RL, arXiv 2004.07219): its model, observation, action, horizon and success, which is {rule}. "
        "As in D4RL an episode does not end with the success; success at any step counts, and that of the "
        "last step is recorded beside it (DAPG asks for more than 25 steps, 20 in Pen). The expert is "
        "the policy that DAPG trained, whose weights come from its authors; demonstrations of people are "
        "imported (ilbench demos import d4rl). "
        "Departures: D4RL's dense reward, where gymnasium-robotics turned the sign of the way to the object; "
        f"starts are frozen here{departure}.",
    )


DOOR = _task(
    name="door",
    summary="Undo the latch of a door with a robot hand and swing the door open.",
    env="DoorEnv",
    expert="DoorExpert",
    observation=(
        *_joints((*ARM[3:], *HAND)),
        "latch (rad)",
        "door hinge (rad)",
        *_vector("palm"),
        *_vector("handle"),
        *_vector("palm - handle"),
        "door is open by more than 1 rad, else -1 (1)",
    ),
    joints=(*ARM[2:], *HAND),
    where="The door's frame anywhere in x -0.3 to -0.2 m, y 0.25 to 0.35 m, z 0.252 to 0.35 m.",
    shift=Split(
        name="shift/place",
        num_contexts=50,
        description="The frame up to 10 cm further along x, and up to 5 cm outside along y, to both sides in "
        "turn; DAPG's human demonstrations have doors there too.",
    ),
    rule="a hinge at 1.35 rad or more",
)

HAMMER = _task(
    name="hammer",
    summary="Take a hammer with a robot hand and drive a nail into a board.",
    env="HammerEnv",
    expert="HammerExpert",
    observation=(
        *_joints((*ARM[3:5], *HAND)),
        "nail (m)",
        *(f"hammer velocity {axis} (m/s), clipped to 1" for axis in AXES),
        *(f"hammer rotation speed {axis} (rad/s), clipped to 1" for axis in AXES),
        *_vector("palm"),
        *_vector("hammer"),
        *_vector("hammer rotation", "rad"),
        *_vector("nail head"),
        "force on the nail (N), clipped to 1",
    ),
    joints=(*ARM[3:5], *HAND),
    where="The board with the nail at a height of 0.1 to 0.25 m.",
    shift=Split(
        name="shift/height",
        num_contexts=50,
        description="The board 0.05 to 0.1 m or 0.25 to 0.3 m high, in turn.",
    ),
    rule="a nail that has less than 1 cm to go",
)

PEN = _task(
    name="pen",
    summary="Turn a pen in a robot hand until it points where a second pen does.",
    env="PenEnv",
    expert="PenExpert",
    noise=2.0 * DEMONSTRATION_NOISE,
    observation=(
        *_joints(HAND),
        *_vector("pen"),
        *_vector("pen velocity", "m/s"),
        *_vector("pen rotation speed", "rad/s"),
        *_vector("pen direction", "1"),
        *_vector("wanted direction", "1"),
        *_vector("pen - place"),
        *_vector("pen direction - wanted", "1"),
    ),
    joints=HAND,
    where="The target turned by up to 1 rad about x and about y; the pen lies along x.",
    shift=Split(
        name="shift/angle",
        num_contexts=50,
        description="The target turned by -1.4 to -1.0 rad about y, further from the pen than any in train.",
    ),
    rule="a pen within 7.5 cm of its place whose direction has a cosine above 0.95 with the wanted one",
    departure="; a dropped pen does not end the episode, as it does in D4RL. The expert turns the pen in "
    "below 90 % of the starts",
)

RELOCATE = _task(
    name="relocate",
    summary="Pick up a ball with a robot hand and carry it to a place in the air.",
    env="RelocateEnv",
    expert="RelocateExpert",
    observation=(
        *_joints((*ARM, *HAND)),
        *_vector("palm - ball"),
        *_vector("palm - target"),
        *_vector("ball - target"),
    ),
    joints=(*ARM, *HAND),
    where="The ball in x -0.15 to 0.15 m, y -0.15 to 0.3 m on the table; the target in x and y -0.2 to "
    "0.2 m, z 0.15 to 0.35 m.",
    shift=Split(
        name="shift/target",
        num_contexts=50,
        description="The target 0.2 to 0.3 m to the left or right, in turn; those of train end at 0.2 m.",
    ),
    rule="a ball within 10 cm of the target",
)

TASKS: tuple[Task, ...] = (DOOR, HAMMER, PEN, RELOCATE)
