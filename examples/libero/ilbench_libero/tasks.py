"""LIBERO's 130 tasks, declared from a table of their names; nothing of LIBERO is imported here."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from typing import Any

from ilbench.contract.fields import ActionField, Field
from ilbench.contract.suite import Suite
from ilbench.contract.task import Preset, Split, Task

VERSIONS = {"hf-libero": "0.1.4", "robosuite": "1.4.0", "mujoco": "3.3.0"}
"""What is installed where LIBERO runs; part of every task's spec: other versions may score otherwise."""

PIXELS = 128
WAIT_STEPS = 10
NUM_STARTS = 50
"""LIBERO stores so many initial states a task."""

STATE_COMPONENTS = (
    *(f"robot0_eef_pos {axis} (m)" for axis in "xyz"),
    *(f"robot0_eef_quat {axis} (1)" for axis in "xyzw"),
    *(f"robot0_gripper_qpos finger {finger} (m)" for finger in (1, 2)),
)

ROTATED = "turned by 180 degrees from how robosuite renders it, as policies for LIBERO expect."

OBSERVATION = (
    Field(
        name="agentview",
        shape=(PIXELS, PIXELS, 3),
        dtype="uint8",
        description=f"The scene from the front, {ROTATED}",
    ),
    Field(
        name="wrist",
        shape=(PIXELS, PIXELS, 3),
        dtype="uint8",
        description=f"The view from the hand, {ROTATED}",
    ),
    Field(
        name="state",
        shape=(len(STATE_COMPONENTS),),
        unit="m; 1 for quaternions",
        description="Position and orientation of the hand in the world, and of its fingers.",
        components=STATE_COMPONENTS,
    ),
)

ACTION = ActionField(
    shape=(7,),
    low=-1.0,
    high=1.0,
    description="A step of the hand, in the world's axes: 1 is 5 cm, or 0.5 rad as a rotation vector. A "
    "positive gripper command closes, a negative opens.",
    components=("x", "y", "z", "rotation x", "rotation y", "rotation z", "gripper"),
)


def instruction(name: str) -> str:
    """Returns what LIBERO tells a policy to do: the task's name without its scene, in words."""
    scene, _, rest = name.partition("_SCENE")
    return (rest.partition("_")[2] if rest else scene).replace("_", " ")


def make_contexts() -> dict[str, list[dict[str, Any]]]:
    """Returns the contexts of every task: seeds to train from, LIBERO's stored initial states to test on."""
    return {
        "train": [{"seed": seed} for seed in range(NUM_STARTS)],
        "test": [{"init_state": index} for index in range(NUM_STARTS)],
    }


SPLITS = (
    Split(
        name="train",
        num_contexts=NUM_STARTS,
        description="Objects placed anew in the regions that the task's file names, from a seed.",
    ),
    Split(
        name="test",
        num_contexts=NUM_STARTS,
        description="The initial states that LIBERO stores, in order.",
    ),
)

LIBERO = Suite(
    name="libero",
    package="ilbench_libero",
    packages=("ilbench-libero",),
    extra="manipulation",
    license="MIT",
    control_hz=20,
    env=".env:LiberoEnv",
    action=ACTION,
    presets={
        "smoke": Preset(num_contexts=2),
        "standard": Preset(num_contexts=10),
        "full": Preset(num_contexts=NUM_STARTS),
    },
    tags=frozenset({"mujoco", "image", "language", "continuous", "robot-arm"}),
    data=":data",
)
"""What LIBERO's suites have in common; each has its own name."""


def _task(suite: str, name: str, horizon: int) -> Task:
    words = name.lower().replace("_", "-")
    return replace(LIBERO, name=suite.lower().replace("_", "-")).task(
        f"{words}-v1",
        summary=instruction(name),
        env_options={"suite": suite, "task": name, "versions": VERSIONS, "wait_steps": WAIT_STEPS},
        horizon=horizon,
        observation=OBSERVATION,
        make_contexts=".tasks:make_contexts",
        splits=SPLITS,
        source="LIBERO (arXiv 2306.03310) from hf-libero 0.1.4, as vision-language-action models are "
        f"evaluated: {WAIT_STEPS} steps without a motion before the first observation, at most {horizon} "
        "steps, success once LIBERO says done. The paper waits 5 steps and allows 600. The summary is the "
        "instruction. Evaluation only: there is no expert.",
    )


def _declared() -> tuple[Task, ...]:
    table = json.loads(files("ilbench_libero").joinpath("suites.json").read_text(encoding="utf-8"))
    return tuple(
        _task(suite, name, content["horizon"])
        for suite, content in table.items()
        for name in content["tasks"]
    )


TASKS: tuple[Task, ...] = _declared()
