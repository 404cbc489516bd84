"""A task that is a line to be walked along, and demonstrations of it, for tests of trainings."""

from pathlib import Path

import numpy as np

from ilbench.contract.fields import ActionField, Field
from ilbench.contract.task import PRESETS, Preset, Split, Task
from ilbench.demonstrations import Demonstrations, Recipe
from ilbench.demonstrations.trajectory import Trajectory, checksum

LINE = Task(
    id="toy/line-v1",
    summary="Walk along a line.",
    env="nowhere:Env",
    packages=(),
    extra="none",
    horizon=20,
    success_rule="ever",
    observation=(Field(name="state", shape=(2,)),),
    action=ActionField(shape=(1,)),
    data="ilbench:nowhere",
    make_contexts="nowhere:contexts",
    splits=tuple(Split(name=name, num_contexts=1, description="") for name in ("train", "test")),
    presets={name: Preset(num_contexts=1) for name in PRESETS},
    source="this test",
    license="MIT",
)


def trajectory(index, length):
    rng = np.random.default_rng(index)
    actions = rng.normal(size=(length, 1)).astype(np.float32)
    return Trajectory(
        observations={"state": rng.normal(size=(length + 1, 2)).astype(np.float32)},
        actions=actions,
        expert_actions=actions,
        rewards=np.zeros(length),
        success=True,
        terminated=True,
        mode=None,
        context=0,
        seed=index,
    )


def line_demonstrations():
    """Ten of them, of random observations and actions, 5 to 14 steps long."""
    trajectories = tuple(trajectory(index, 5 + index) for index in range(10))
    return Demonstrations(
        task=LINE,
        recipe=Recipe(count=10, modes=(), noise=0.0),
        trajectories=trajectories,
        checksum=checksum(trajectories),
        metadata={},
        folder=Path("nowhere"),
    )
