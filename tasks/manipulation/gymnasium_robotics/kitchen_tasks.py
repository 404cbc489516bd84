"""What the kitchen task is, declared without a simulator."""

from __future__ import annotations

import itertools

from ilbench.contract.convention import Convention
from ilbench.contract.fields import ActionField, Field
from ilbench.contract.suite import Suite
from ilbench.contract.task import Preset, Split, Task

SUBTASKS = ("microwave", "kettle", "light switch", "slide cabinet")
"""D4RL's complete set."""

ORDERS = tuple(itertools.permutations(SUBTASKS))
"""The orders in which they can be done, by behavior mode."""

MODES = tuple(", ".join(order) for order in ORDERS)

_ARM = (*(f"joint {number}" for number in range(1, 8)), "finger 1", "finger 2")
_FITTINGS = (
    *(
        f"{place} burner {part}"
        for place in ("bottom right", "bottom left", "top right", "top left")
        for part in ("knob", "flame")
    ),
    *(
        "light switch",
        "light",
        "slide cabinet",
        "left hinge cabinet",
        "right hinge cabinet",
        "microwave door",
    ),
)
_SLIDING = ("finger", "flame", "slide cabinet")


def _with_units(names: tuple[str, ...], per_s: bool) -> tuple[str, ...]:
    def unit(name: str) -> str:
        slides = name == "light" or any(part in name for part in _SLIDING)
        return ("m" if slides else "rad") + ("/s" if per_s else "")

    return tuple(f"{name} {'speed ' if per_s else ''}({unit(name)})" for name in names)


STATE = Field(
    name="state",
    shape=(59,),
    unit="m, rad, m/s, rad/s; 1 for quaternions",
    description="Gymnasium-Robotics' observation: the arm's joints and their speeds, the kitchen's and "
    "theirs, all with sensor noise.",
    components=(
        *_with_units(_ARM, per_s=False),
        *_with_units(_ARM, per_s=True),
        *_with_units(_FITTINGS, per_s=False),
        *("kettle x (m)", "kettle y (m)", "kettle z (m)"),
        *(f"kettle q{part} (1)" for part in "wxyz"),
        *_with_units(_FITTINGS, per_s=True),
        *(f"kettle velocity {axis} (m/s)" for axis in "xyz"),
        *(f"kettle rotation speed {axis} (rad/s)" for axis in "xyz"),
    ),
)

ACTION = ActionField(
    shape=(9,),
    low=-1.0,
    high=1.0,
    unit="2 rad/s",
    description="Speeds of the seven joints and the two fingers (these in 2 m/s), for a step of 80 ms.",
    components=_ARM,
    convention=Convention(
        kind="velocity",
        frame="joint",
        linear="2 m/s",
        angular="2 rad/s",
        gripper="positive-opens",
        gripper_values="continuous",
    ),
)

SPLITS = (
    Split(
        name="train",
        num_contexts=200,
        description="The original's one start, with sensor noise from a seed of its own.",
    ),
    Split(name="test", num_contexts=50, description="As in train, other noise."),
    Split(
        name="shift/arm",
        num_contexts=50,
        description="Each of the arm's seven joints starts up to 0.15 rad from where it does in train.",
    ),
    Split(
        name="shift/kettle",
        num_contexts=50,
        description="The kettle stands 3 to 6 cm from where it does in train, in any direction.",
    ),
)

KITCHEN = Suite(
    name="kitchen",
    package="ilbench.tasks.manipulation.gymnasium_robotics",
    packages=("gymnasium-robotics", "mujoco"),
    extra="manipulation",
    license="Apache-2.0 (kitchen environment); MIT (gymnasium-robotics)",
    control_hz=12.5,
    presets={
        "smoke": Preset(num_contexts=4),
        "standard": Preset(num_contexts=20),
        "full": Preset(num_contexts=50),
    },
    tags=frozenset({"mujoco", "state", "continuous", "robot-arm"}),
)

FRANKA = KITCHEN.task(
    "franka-v1",
    summary="Open the microwave, move the kettle, switch on the light and slide the cabinet open, in any "
    "order; the return is the number done, 0 to 4. Evaluation only: no scripted expert.",
    env=".kitchen_env:FrankaKitchen",
    horizon=280,
    observation=(STATE,),
    action=ACTION,
    make_contexts=".contexts:make_franka",
    draw_fresh=".contexts:FRESH.franka",
    splits=SPLITS,
    modes=MODES,
    tags=frozenset({"multimodal", "partial-credit", "evaluation-only"}),
    source="FrankaKitchen-v1 of gymnasium-robotics 1.4.2 (relay policy learning, arXiv 1910.11956; D4RL, "
    "arXiv 2004.07219) with D4RL's complete set of sub-tasks: its model, observation with noise, action, "
    "horizon and sub-task rule. Success is all four, in any order, and the order is the behavior mode; p1 to "
    "p4 of the literature are the shares of episodes with a return of at least 1 to 4 (there often over all "
    "seven sub-tasks). Nobody scripts it here: its demonstrations are those of people. Departures: the "
    "goals, which never change, are not in the observation; the noise is frozen here.",
)

TASKS: tuple[Task, ...] = (FRANKA,)
