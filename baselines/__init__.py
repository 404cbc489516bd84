"""The baselines: one readable file a method, and the trainer that they share.

Importing this package loads no torch: what needs it is named by import string and loaded when asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ilbench.contract.task import installed_version
from ilbench.errors import MissingPackageError, UnknownNameError

if TYPE_CHECKING:
    from ilbench.contract.policy import BatchedPolicy

if __name__ != "ilbench.baselines":
    raise ImportError("import this package as ilbench.baselines")

__all__ = ["BASELINES", "BaselineSpec", "find_baseline", "load_policy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineSpec:
    """A baseline by name, before anything heavy is loaded.

    Attributes:
        name: What the command line calls it.
        summary: What it does, in one sentence.
        trainable: Whether it needs demonstrations and a checkpoint.
        method: Import string of its class: a policy with a no-argument constructor where it is not
            trainable, a `Learner` where it is; None where the runner itself plays it.
        config: Import string of the learner's configuration class, None where it is not trainable.
    """

    name: str
    summary: str
    trainable: bool = False
    method: str | None = None
    config: str | None = None


BASELINES: Mapping[str, BaselineSpec] = {
    spec.name: spec
    for spec in (
        BaselineSpec(
            name="random",
            summary="Actions drawn uniformly, independent of the observation: the zero of every scale.",
            method="ilbench.baselines.random_policy:RandomPolicy",
        ),
        BaselineSpec(
            name="expert",
            summary="The task's own demonstrator, a reference and no rival: it looks into the simulator.",
        ),
        BaselineSpec(
            name="bc-mlp",
            summary="Behavior cloning, one action from one observation, by a small network (CNN for images).",
            trainable=True,
            method="ilbench.baselines.bc_mlp:BehaviorCloning",
            config="ilbench.baselines.bc_mlp:BehaviorCloningConfig",
        ),
        BaselineSpec(
            name="gcbc",
            summary="Behavior cloning toward goals in hindsight: later states of the same demonstration.",
            trainable=True,
            method="ilbench.baselines.gcbc:GoalConditionedCloning",
            config="ilbench.baselines.gcbc:GoalConditionedConfig",
        ),
        BaselineSpec(
            name="diffusion",
            summary="Chunks of actions denoised from Gaussian noise, given the last observations.",
            trainable=True,
            method="ilbench.baselines.diffusion:Diffusion",
            config="ilbench.baselines.diffusion:DiffusionConfig",
        ),
        BaselineSpec(
            name="procedure-cloning",
            summary="A maze search imitated round by round, for mazes seen whole; acts on what it finds.",
            trainable=True,
            method="ilbench.baselines.procedure_cloning:ProcedureCloning",
            config="ilbench.baselines.procedure_cloning:ProcedureCloningConfig",
        ),
    )
}
"""Every baseline, by name."""


def find_baseline(name: str) -> BaselineSpec:
    """Returns the baseline of that name.

    Raises:
        UnknownNameError: There is none.
        MissingPackageError: It is trained with torch, which is not installed.
    """
    if name not in BASELINES:
        raise UnknownNameError("baseline", name, BASELINES)
    spec = BASELINES[name]
    if spec.trainable and installed_version("torch") is None:
        raise MissingPackageError(f"the baseline {name!r}", "torch", "baselines")
    return spec


def load_policy(folder: Path | str) -> BatchedPolicy:
    """Returns the policy of a trained baseline, ready to act.

    It sets torch to one thread in this process: more would round differently, and an episode's
    record must not depend on the machine's spare cores.

    Args:
        folder: A finished training's folder, as `ilbench train` fills it.

    Raises:
        CheckpointError: There is no finished checkpoint.
        CorruptFileError: A file of it is damaged or was edited.
        MissingPackageError: torch is not installed.
    """
    if installed_version("torch") is None:
        raise MissingPackageError(f"the checkpoint {str(folder)!r}", "torch", "baselines")
    from ilbench.baselines.checkpoint import load_learner

    return load_learner(Path(folder)).policy()
