"""The baselines: one readable file a method, and the trainer that they share.

Importing this package loads no torch: what needs it is named by import string and loaded when asked for.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ilbench.contract.baseline import Baseline, TrainedOn, Training
from ilbench.contract.task import installed_version
from ilbench.digest import text_digest
from ilbench.errors import MissingPackageError

if TYPE_CHECKING:
    from ilbench.contract.policy import BatchedPolicy

if __name__ != "ilbench.baselines":
    raise ImportError("import this package as ilbench.baselines")

__all__ = ["BASELINES", "describe_checkpoint", "load_policy"]


def _trained(
    name: str, summary: str, learner: str, config: str, train: str = "ilbench.baselines.trainer:train"
) -> Baseline:
    """Returns a baseline whose checkpoints are of the shared form; `train` makes them."""
    return Baseline(
        name=name,
        summary=summary,
        entry="ilbench.baselines:load_policy",
        training=Training(
            train=train,
            describe="ilbench.baselines:describe_checkpoint",
            learner=learner,
            config=config,
        ),
    )


BASELINES: tuple[Baseline, ...] = (
    Baseline(
        name="random",
        summary="Actions drawn uniformly, independent of the observation: the zero of every scale.",
        entry="ilbench.baselines.random_policy:RandomPolicy",
    ),
    Baseline(
        name="expert",
        summary="The task's own demonstrator, a reference and no rival: it looks into the simulator.",
    ),
    _trained(
        "bc-mlp",
        "Behavior cloning, one action from one observation, by a small network (CNN for images).",
        "ilbench.baselines.bc_mlp:BehaviorCloning",
        "ilbench.baselines.bc_mlp:BehaviorCloningConfig",
    ),
    _trained(
        "gcbc",
        "Behavior cloning toward goals in hindsight: later states of the same demonstration.",
        "ilbench.baselines.gcbc:GoalConditionedCloning",
        "ilbench.baselines.gcbc:GoalConditionedConfig",
    ),
    _trained(
        "diffusion",
        "Chunks of actions denoised from Gaussian noise, given the last observations.",
        "ilbench.baselines.diffusion:Diffusion",
        "ilbench.baselines.diffusion:DiffusionConfig",
    ),
    _trained(
        "diffusion-transformer",
        "The same by a transformer over the last five observations.",
        "ilbench.baselines.diffusion:DiffusionTransformer",
        "ilbench.baselines.diffusion:DiffusionTransformerConfig",
    ),
    _trained(
        "flow",
        "Flow matching: chunks of actions carried from noise along straight lines.",
        "ilbench.baselines.flow:Flow",
        "ilbench.baselines.flow:FlowConfig",
    ),
    _trained(
        "flow-transformer",
        "The same by a transformer over the last five observations.",
        "ilbench.baselines.flow:FlowTransformer",
        "ilbench.baselines.flow:FlowTransformerConfig",
    ),
    _trained(
        "beso",
        "Chunks of actions denoised along the differential equation of BESO.",
        "ilbench.baselines.beso:ScoreDenoising",
        "ilbench.baselines.beso:ScoreConfig",
    ),
    _trained(
        "beso-transformer",
        "The same by a transformer over the last five observations.",
        "ilbench.baselines.beso:ScoreTransformer",
        "ilbench.baselines.beso:ScoreTransformerConfig",
    ),
    _trained(
        "consistency",
        "Chunks of actions in one step from noise, by consistency training.",
        "ilbench.baselines.consistency:ConsistencyTraining",
        "ilbench.baselines.consistency:ConsistencyConfig",
    ),
    _trained(
        "imle",
        "Chunks of actions in one step from noise, by implicit maximum likelihood.",
        "ilbench.baselines.imle:ImplicitLikelihood",
        "ilbench.baselines.imle:ImplicitLikelihoodConfig",
    ),
    _trained(
        "mip",
        "Minimal iterative policy: chunks of actions by two regressions, without randomness.",
        "ilbench.baselines.mip:MinimalIterativePolicy",
        "ilbench.baselines.mip:MinimalIterativeConfig",
    ),
    _trained(
        "bc-chunk",
        "Behavior cloning of chunks of actions, by the network of diffusion without noise.",
        "ilbench.baselines.bc_chunk:ChunkCloning",
        "ilbench.baselines.chunks:ChunkConfig",
    ),
    _trained(
        "bc-transformer",
        "The same by a transformer over the last five observations (BC-GPT).",
        "ilbench.baselines.bc_chunk:CloningTransformer",
        "ilbench.baselines.bc_chunk:CloningTransformerConfig",
    ),
    _trained(
        "bc-gmm",
        "Chunks of actions from a mixture of Gaussians.",
        "ilbench.baselines.bc_gmm:MixtureCloning",
        "ilbench.baselines.bc_gmm:MixtureConfig",
    ),
    _trained(
        "bc-rnn",
        "Single actions from such a mixture, by an LSTM over the last ten observations.",
        "ilbench.baselines.bc_rnn:RecurrentCloning",
        "ilbench.baselines.bc_rnn:RecurrentConfig",
    ),
    _trained(
        "cvae",
        "Chunks of actions decoded from a latent variable.",
        "ilbench.baselines.cvae:LatentVariable",
        "ilbench.baselines.cvae:LatentConfig",
    ),
    _trained(
        "act",
        "The same by a transformer over the last five observations (ACT).",
        "ilbench.baselines.cvae:ActionTransformer",
        "ilbench.baselines.cvae:ActionTransformerConfig",
    ),
    _trained(
        "bet-mlp",
        "Chunks of actions as one of 64 typical ones and an offset.",
        "ilbench.baselines.bet:BehaviorBins",
        "ilbench.baselines.bet:BinConfig",
    ),
    _trained(
        "bet",
        "The same by a transformer over the last five observations (behavior transformer).",
        "ilbench.baselines.bet:BinTransformer",
        "ilbench.baselines.bet:BinTransformerConfig",
    ),
    _trained(
        "ibc",
        "The action of least energy among many, one at a time.",
        "ilbench.baselines.ibc:EnergyBased",
        "ilbench.baselines.ibc:EnergyConfig",
    ),
    _trained(
        "knn",
        "What demonstrators did where they saw most nearly the same: a reference without parameters.",
        "ilbench.baselines.knn:NearestNeighbors",
        "ilbench.baselines.knn:NeighborConfig",
        "ilbench.baselines.knn:train",
    ),
    _trained(
        "procedure-cloning",
        "A maze search imitated round by round, for mazes seen whole; acts on what it finds.",
        "ilbench.baselines.procedure_cloning:ProcedureCloning",
        "ilbench.baselines.procedure_cloning:ProcedureCloningConfig",
    ),
)
"""This project's baselines; `ilbench.contract.baseline.load_baselines` has those of every package."""


def describe_checkpoint(folder: Path) -> TrainedOn:
    """Returns what a finished checkpoint was trained on.

    Raises:
        CheckpointError: There is none, or its training has not finished.
        CorruptFileError: Its metadata are not what a training writes.
    """
    from ilbench.baselines.checkpoint import load_metadata

    found = load_metadata(folder)
    task, baseline = _without_convention(found.task), found.identity.baseline
    settings = {"config": found.identity.config, "task": task, "baseline": baseline}
    return TrainedOn(
        settings=text_digest(json.dumps(settings, sort_keys=True)),
        demonstrations=found.demonstrations_name,
        checksum=found.identity.demonstrations,
        num_demonstrations=found.identity.num_demonstrations,
        weights=found.weights_digest,
        spec_digest=found.identity.task_spec_digest,
    )


def _without_convention(task: dict[str, Any]) -> dict[str, Any]:
    """Returns a task's description without what its actions mean in words: no training depends on that."""
    action = task.get("action")
    if not isinstance(action, dict):
        return task
    return {**task, "action": {key: value for key, value in action.items() if key != "convention"}}


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
    from ilbench.baselines.checkpoint import METADATA, load_learner
    from ilbench.reading import reading

    learner = load_learner(Path(folder))
    with reading(Path(folder) / METADATA, "a description of a policy", remedy="train again"):
        return learner.policy()
