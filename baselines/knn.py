"""knn: what the demonstrators did where they saw most nearly the same; no parameters, no gradient.

Nearest neighbors over windows: each window of the demonstrations is kept, its observations z-scored. Acting
draws one of the nearest windows of the present one and plays its actions. What a trained method reaches
beyond this reference is generalization; where it stays below, something was lost in training. In the visual
form it is VINN (Pari et al. 2022).
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ilbench.baselines.checkpoint import METADATA, load_metadata, save_checkpoint
from ilbench.baselines.dataset import all_windows
from ilbench.baselines.learner import (
    Batch,
    InvalidConfigError,
    LearnedPolicy,
    Learner,
    TrainingConfig,
    check_range,
)
from ilbench.baselines.observation import CONSTANT_STD, is_state
from ilbench.baselines.trainer import check_same, identity_of
from ilbench.contract.policy import DEFAULT_WIDTH
from ilbench.errors import UsageError

if TYPE_CHECKING:
    from ilbench.demonstrations import Demonstrations


@dataclass(frozen=True, slots=True, kw_only=True)
class NeighborConfig(TrainingConfig):
    """Configuration of `NearestNeighbors`; it takes no steps, so what says how it would has no effect.

    Attributes:
        neighbors: Nearest windows of which one is drawn.
        history: Observations in a window: with two it sees how things move.
        chunk: Actions of a window.
        execute: Of these, how many are played before it looks again.
        windows: Windows that it keeps; set by the demonstrations.
    """

    neighbors: int = 4
    history: int = 2
    chunk: int = 8
    execute: int = 4
    windows: int = 0

    def __post_init__(self) -> None:
        TrainingConfig.__post_init__(self)
        check_range("neighbors", self.neighbors, 1, 1000)
        check_range("execute", self.execute, 1, self.chunk)

    @classmethod
    def for_task(cls, task: Mapping[str, Any]) -> NeighborConfig:
        """Returns the defaults for a task's public description.

        Raises:
            InvalidConfigError: The task shows something else than numbers: which pictures are near each other
                is a question of its own.
        """
        if not is_state(task["observation"]):
            raise InvalidConfigError(f"knn compares states, and {task['id']} shows something else")
        return cls()


class NearestNeighbors(Learner):
    """The windows that are kept; see the module."""

    mean: Tensor
    scale: Tensor
    seen: Tensor
    actions: Tensor

    def __init__(self, task: Mapping[str, Any], config: NeighborConfig) -> None:
        super().__init__(task)
        self.config = config
        self.history, self.chunk = config.history, config.chunk
        width = self.history * sum(math.prod(field["shape"]) for field in task["observation"].values())
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("scale", torch.ones(width))
        self.register_buffer("seen", torch.zeros(width, config.windows))
        action = task["action"]
        dtype = getattr(torch, action["dtype"])
        self.register_buffer(
            "actions", torch.zeros(config.windows, self.chunk, *action["shape"], dtype=dtype)
        )

    def fit_statistics(self, batch: Batch) -> None:
        """Keeps the windows, and sets the z-scores of their observations."""
        flat = _flat(batch.observations).double()
        std = flat.std(dim=0, correction=0)
        self.mean.copy_(flat.mean(dim=0))
        self.scale.copy_(torch.where(std < CONSTANT_STD, 1.0, 1 / std.clamp_min(CONSTANT_STD)))
        self.seen.copy_(self.scores(batch.observations).T)
        self.actions.copy_(batch.actions)

    def scores(self, observations: Mapping[str, Tensor]) -> Tensor:
        """Returns z-scored ``(B, history * components)``."""
        return (_flat(observations).float() - self.mean) * self.scale

    def distances(self, observations: Mapping[str, Tensor]) -> Tensor:
        """Returns the squared distance to every window, ``(B, windows)``.

        Component by component: sums in one order give the same bits on every processor.
        """
        total = torch.zeros(len(next(iter(observations.values()))), self.config.windows)
        for component, of_windows in zip(self.scores(observations).T, self.seen, strict=True):
            total += (of_windows - component.unsqueeze(1)).square()
        return total

    def loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Returns the mean squared distance to the nearest window; nothing is to be minimized."""
        return self.distances(batch.observations).amin(dim=1).mean()

    def policy(self) -> LearnedPolicy:
        """Returns the policy that looks the present window up."""
        return _Policy(self)


class _Policy(LearnedPolicy):
    def __init__(self, learner: NearestNeighbors) -> None:
        super().__init__(learner)
        self._learner = learner
        self.chunk = learner.config.execute

    def _actions(self, observations: Mapping[str, Tensor]) -> NDArray[Any]:
        learner = self._learner
        count = min(learner.config.neighbors, learner.config.windows)
        nearest = learner.distances(observations).numpy().argsort(axis=1, kind="stable")[:, :count]
        drawn = [generator.integers(count) for generator in self._generators]
        chosen = torch.from_numpy(nearest[np.arange(DEFAULT_WIDTH), drawn])
        actions: NDArray[Any] = learner.actions[chosen, : self.chunk].numpy()
        return actions


def train(
    baseline: str,
    demonstrations: Demonstrations,
    *,
    folder: Path,
    seed: int = 0,
    steps: int | None = None,
    progress: Callable[[int, int, float], None] | None = None,
) -> Path:
    """Returns `folder`, which then holds the windows as a finished checkpoint.

    Args:
        baseline: Its name.
        demonstrations: Whose windows are kept: all of them.
        folder: Where to; made if it does not exist.
        seed: Part of the checkpoint's name alone: the windows do not depend on it.
        steps: None: there are none.
        progress: Never called.

    Raises:
        CheckpointError: The folder holds another training.
        UsageError: Steps were asked for.
        StorageError: The disk refused.
    """
    if steps is not None:
        raise UsageError(f"{baseline} takes no gradient steps, found --steps {steps}; leave it out")
    task = demonstrations.task.description()
    config = NeighborConfig.for_task(task)
    windows = all_windows(demonstrations, history=config.history, chunk=config.chunk)
    config = dataclasses.replace(config, windows=len(windows.actions))
    identity = identity_of(baseline, demonstrations, config, seed)
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / METADATA).is_file():
        check_same(load_metadata(folder).identity, identity, folder)
        return folder
    learner = NearestNeighbors(task, config)
    learner.fit_statistics(windows)
    save_checkpoint(folder, learner, identity, demonstrations.name)
    return folder


def _flat(observations: Mapping[str, Tensor]) -> Tensor:
    return torch.cat([values.flatten(1) for values in observations.values()], dim=1)
