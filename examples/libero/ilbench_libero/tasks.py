"""LIBERO's 130 tasks, declared from a table of their names; nothing of LIBERO is imported here."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from ilbench.contract.task import ActionField, Field, Preset, Split, Task

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


def _task(suite: str, name: str, horizon: int) -> Task:
    task_id = f"{suite}/{name}-v1".lower().replace("_", "-")
    return Task(
        id=task_id,
        summary=instruction(name),
        env="ilbench_libero.env:LiberoEnv",
        env_options={"suite": suite, "task": name, "versions": VERSIONS, "wait_steps": WAIT_STEPS},
        packages=("ilbench-libero",),
        extra="manipulation",
        horizon=horizon,
        control_hz=20,
        success_rule="ever",
        stops_on_success=True,
        observation=OBSERVATION,
        action=ACTION,
        data="ilbench_libero:data",
        make_contexts="ilbench_libero.tasks:make_contexts",
        splits=(
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
        ),
        presets={
            "smoke": Preset(num_contexts=2),
            "standard": Preset(num_contexts=10),
            "full": Preset(num_contexts=NUM_STARTS),
        },
        tags=frozenset({"mujoco", "image", "language", "continuous", "robot-arm"}),
        source="LIBERO (arXiv 2306.03310) from hf-libero 0.1.4, as vision-language-action models are "
        f"evaluated: {WAIT_STEPS} steps without a motion before the first observation, at most {horizon} "
        "steps, success once LIBERO says done. The paper waits 5 steps and allows 600. The summary is the "
        "instruction. Evaluation only: there is no expert.",
        license="MIT",
    )


def _declared() -> tuple[Task, ...]:
    table = json.loads(files("ilbench_libero").joinpath("suites.json").read_text(encoding="utf-8"))
    return tuple(
        _task(suite, name, content["horizon"])
        for suite, content in table.items()
        for name in content["tasks"]
    )


TASKS: tuple[Task, ...] = _declared()
