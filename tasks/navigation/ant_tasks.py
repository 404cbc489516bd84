"""The ant mazes, declared: evaluation only, for no ant that can walk was at hand."""

from __future__ import annotations

from dataclasses import replace

from ilbench.contract.convention import Convention
from ilbench.contract.fields import ActionField, Field
from ilbench.contract.task import Split, Task
from ilbench.tasks.navigation.declaring import NAVIGATION, presets
from ilbench.tasks.navigation.ogbench_tasks import TEST

JOINTS = ("hip 1", "ankle 1", "hip 2", "ankle 2", "hip 3", "ankle 3", "hip 4", "ankle 4")
BODIES = ("torso", *(f"{part} {leg}" for leg in range(1, 5) for part in ("leg", "aux", "foot")))
POSTURE = (
    *("x (m)", "y (m)", "z (m)", "quaternion w", "quaternion x", "quaternion y", "quaternion z"),
    *(f"{joint} (rad)" for joint in JOINTS),
    *("vx (m/s)", "vy (m/s)", "vz (m/s)", "roll rate (rad/s)", "pitch rate (rad/s)", "yaw rate (rad/s)"),
    *(f"{joint} rate (rad/s)" for joint in JOINTS),
)
FORCES = tuple(
    f"{kind} {axis} on {body}, clipped to 1"
    for body in BODIES
    for kind in ("torque", "force")
    for axis in "xyz"
)

ANTMAZE_FIELDS = (
    Field(
        name="state",
        shape=(107,),
        unit="m, rad, m/s, rad/s, N, N m",
        description="Where the ant is, and what AntMaze-v5 observes: posture, velocities, contact forces.",
        components=(*POSTURE, *FORCES),
    ),
    Field(
        name="goal",
        shape=(2,),
        unit="m",
        description="Where it has to go, from the maze's center.",
        components=("x (m)", "y (m)"),
    ),
)
OGBENCH_FIELDS = (
    Field(
        name="state",
        shape=(29,),
        unit="m, rad, m/s, rad/s",
        description="Where the ant is, its posture and velocities.",
        components=POSTURE,
    ),
    Field(
        name="goal",
        shape=(29,),
        unit="m, rad, m/s, rad/s",
        description="A state to be reached, of which only x and y count.",
        components=POSTURE,
    ),
)
ACTION = ActionField(
    shape=(8,),
    low=-1.0,
    high=1.0,
    description="Torques, as shares of the motor's strength.",
    components=("hip 4", "ankle 4", "hip 1", "ankle 1", "hip 2", "ankle 2", "hip 3", "ankle 3"),
    convention=Convention(kind="torque", frame="joint", angular="150 N m"),
)
OGBENCH_ACTION = replace(ACTION, convention=Convention(kind="torque", frame="joint", angular="30 N m"))
TRAIN = Split(
    name="train",
    num_contexts=200,
    description="Start and goal in different cells; for learners that collect their own data.",
)
VALIDATION = Split(name="validation", num_contexts=50, description="Drawn as in train.")
DRAWN_TEST = Split(name="test", num_contexts=200, description="Drawn as in train.")
NO_EXPERT = "No expert: no trained controller of the ant is at hand."

HORIZONS = {"umaze": 700, "medium": 1000, "large": 1000}
"""By name, the mazes of gymnasium-robotics, with its episode lengths."""

ANTS = replace(
    NAVIGATION,
    packages=("gymnasium", "gymnasium-robotics", "mujoco"),
    license="MIT (gymnasium, gymnasium-robotics); Apache-2.0 (maze code)",
    control_hz=20.0,
    env=".ant:AntMaze",
    action=ACTION,
    presets=presets(5, 50, 200),
    tags=NAVIGATION.tags | {"state", "continuous", "locomotion"},
)
OGBENCH_ANTS = replace(
    ANTS,
    license="MIT (this implementation; OGBench's is MIT too)",
    control_hz=10.0,
    env=".ant:OgbenchAnt",
    action=OGBENCH_ACTION,
    presets=presets(5, 50, TEST.num_contexts),
    tags=ANTS.tags | {"ogbench"},
)

OGBENCH_MAZES = ("medium", "large", "teleport")


def _antmaze(name: str) -> Task:
    return ANTS.task(
        f"antmaze-{name}-v1",
        summary=f"Walk an ant through the {name} maze to a goal (evaluation only).",
        env_options={"maze": name},
        horizon=HORIZONS[name],
        observation=ANTMAZE_FIELDS,
        make_contexts=f".ant_contexts:make_antmaze_{name}",
        draw_fresh=f".ant_contexts:fresh_antmaze_{name}",
        splits=(TRAIN, VALIDATION, DRAWN_TEST),
        source=f"AntMaze_{name.title().replace('Um', 'UM')}-v5 of gymnasium-robotics 1.4.2 (after D4RL, "
        "arXiv 2004.07219): its model, physics, sparse reward and success rule, continuing_task=False. "
        f"Departures: start and goal come from the context; float32. {NO_EXPERT}",
    )


def _ogbench_antmaze(name: str) -> Task:
    return OGBENCH_ANTS.task(
        f"ogbench-antmaze-{name}-v1",
        summary=f"Walk an ant through OGBench's {name} maze to any goal (evaluation only).",
        env_options={"maze": name},
        horizon=1000,
        observation=OGBENCH_FIELDS,
        make_contexts=f".ant_contexts:make_ogbench_{name}",
        draw_fresh=f".ant_contexts:fresh_ogbench_{name}",
        splits=(TRAIN, VALIDATION, TEST),
        source=f"antmaze-{name}-v0 of OGBench 1.2.2 (Park et al., arXiv 2410.20092): its physics, goals, "
        "reward, success rule and horizon, on gymnasium's model of the ant. Departures: start and "
        "goal come from the context, postures from the episode's seed (OGBench draws them from unseeded "
        "generators), the "
        f"observation after a teleport is that at its exit. {NO_EXPERT} OGBench's data can be imported.",
    )


TASKS = (*map(_antmaze, HORIZONS), *map(_ogbench_antmaze, OGBENCH_MAZES))
