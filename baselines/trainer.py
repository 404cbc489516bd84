"""The trainer that all learners share: same seed, same weights; killed and resumed, still the same weights.

That holds bit for bit with one version of torch, on every processor with AVX2 (`ilbench.arithmetic`): one
thread, one generator for batches and noise, and checkpoints that hold everything the next step depends on.
The last step's moving average is what acts; no step is picked by a score.
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import torch
from torch import Tensor

from ilbench.arithmetic import in_force, warn_of_native
from ilbench.baselines.checkpoint import (
    METADATA,
    TRAINING,
    TrainingIdentity,
    config_json,
    default_config,
    load_metadata,
    make_learner,
    save_checkpoint,
)
from ilbench.baselines.curve import LossPoint, draw_curve, write_curve
from ilbench.baselines.dataset import all_windows, split_windows, take, window_ends
from ilbench.baselines.learner import Batch, TrainingConfig
from ilbench.baselines.tensors import load_tensors, save_tensors
from ilbench.errors import CheckpointError
from ilbench.reading import reading

if TYPE_CHECKING:
    from ilbench.demonstrations import Demonstrations

Progress: TypeAlias = Callable[[int, int, float], None]
"""Is told the steps done, the steps in all, and the last training loss, at every point of the curve."""

VALIDATION_BATCH = 512


def train(
    baseline: str,
    demonstrations: Demonstrations,
    *,
    folder: Path,
    config: TrainingConfig | None = None,
    seed: int = 0,
    steps: int | None = None,
    progress: Progress | None = None,
) -> Path:
    """Returns `folder`, which then holds a finished checkpoint; `load_policy` makes a policy of it.

    A folder with an unfinished training of the same identity is resumed; a finished one is left alone.

    Args:
        baseline: Name of a trainable baseline.
        demonstrations: What to imitate.
        folder: Where to; made if it does not exist.
        config: The method's configuration; None for its default on this task.
        seed: Of initial weights, batches and noise.
        steps: Gradient steps, instead of the configuration's.
        progress: Called now and then.

    Raises:
        CheckpointError: The folder holds another training, or the baseline is not trained.
        CorruptFileError: The folder's unfinished training is damaged.
        StorageError: The disk refused; the last checkpoint is intact.

    Warns:
        ArithmeticWarning: This process does not compute in the fixed arithmetic, which is wanted.
    """
    task = demonstrations.task
    config = config or default_config(baseline, task.description())
    if steps is not None:
        config = dataclasses.replace(config, steps=steps)
    identity = identity_of(baseline, demonstrations, config, seed)
    warn_of_native("the weights of this training")
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / METADATA).is_file():
        check_same(load_metadata(folder).identity, identity, folder)
        (folder / TRAINING).unlink(missing_ok=True)
        return folder
    with _one_thread():
        training = _Training(identity, config, demonstrations)
        training.resume(folder)
        training.run(folder, progress)
        draw_curve(folder, training.curve, title=f"{baseline} on {task.id}, training seed {seed}")
        save_checkpoint(folder, training.averaged(), identity, demonstrations.name)
    (folder / TRAINING).unlink(missing_ok=True)
    return folder


def identity_of(
    baseline: str, demonstrations: Demonstrations, config: TrainingConfig, seed: int
) -> TrainingIdentity:
    """Returns all that the weights of a training in this process depend on."""
    return TrainingIdentity(
        baseline=baseline,
        config=config_json(config),
        task_id=demonstrations.task.id,
        task_spec_digest=demonstrations.task.spec_digest(),
        demonstrations=demonstrations.checksum,
        num_demonstrations=len(demonstrations.trajectories),
        training_seed=seed,
        arithmetic=in_force(),
    )


class _Training:
    """A training under way: everything that the next step depends on."""

    def __init__(
        self, identity: TrainingIdentity, config: TrainingConfig, demonstrations: Demonstrations
    ) -> None:
        seed = identity.training_seed
        self.identity = identity
        self.config = config
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.learner = make_learner(identity.baseline, demonstrations.task.description(), config)
        self.windows = all_windows(
            demonstrations,
            history=self.learner.history,
            chunk=self.learner.chunk,
            procedure=self.learner.procedure,
        )
        self.ends = window_ends(demonstrations)
        self.training, self.validation = split_windows(demonstrations, config.validation_fraction, seed)
        self.learner.fit_statistics(take(self.windows, self.training))
        self.parameters = list(self.learner.parameters())
        self.average = [parameter.detach().clone() for parameter in self.parameters]
        self.optimizer = torch.optim.AdamW(
            self.parameters, lr=config.learning_rate, weight_decay=config.weight_decay, fused=True
        )
        self.generator = torch.Generator().manual_seed(seed)
        self.step = 0
        self.curve: list[LossPoint] = []

    def run(self, folder: Path, progress: Progress | None) -> None:
        """Takes the remaining steps."""
        total = 0.0
        while self.step < self.config.steps:
            total += self._take_step()
            if self.step % self.config.log_every == 0 or self.step == self.config.steps:
                self._log(total)
                total = 0.0
                if progress is not None:
                    progress(self.step, self.config.steps, self.curve[-1].training_loss)
            if self.step % self.config.checkpoint_every == 0 or self.step == self.config.steps:
                self.save(folder)

    def averaged(self) -> Any:
        """Returns the learner with the moving average as its weights."""
        for parameter, average in zip(self.parameters, self.average, strict=True):
            parameter.data.copy_(average)
        return self.learner

    def save(self, folder: Path) -> None:
        """Writes everything that the next step depends on, and the curve so far."""
        state = {
            "identity": self.identity.model_dump(),
            "step": self.step,
            "learner": self.learner.state_dict(),
            "average": self.average,
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
            "curve": [list(point) for point in self.curve],
        }
        save_tensors(folder / TRAINING, state)
        write_curve(folder, self.curve)

    def resume(self, folder: Path) -> None:
        """Takes up the folder's unfinished training, if there is one."""
        path = folder / TRAINING
        if not path.is_file():
            return
        state = load_tensors(path)
        with reading(path, "a training to resume", remedy="delete the folder and train again"):
            check_same(TrainingIdentity(**state["identity"]), self.identity, folder)
            self.learner.load_state_dict(state["learner"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.generator.set_state(state["generator"])
            for average, found in zip(self.average, state["average"], strict=True):
                average.copy_(found)
            self.step = int(state["step"])
            self.curve = [LossPoint(*point) for point in state["curve"]]

    def _batch(self, indices: Tensor, generator: torch.Generator) -> Batch:
        batch = take(self.windows, indices)
        return self.learner.relabeled(batch, self.windows, indices, self.ends[indices], generator)

    def _take_step(self) -> float:
        size = (self.config.batch_size,)
        indices = self.training[torch.randint(len(self.training), size, generator=self.generator)]
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.config, self.step)
        self.learner.train()
        loss = self.learner.loss(self._batch(indices, self.generator), self.generator)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.parameters, self.config.gradient_clip)
        self.optimizer.step()
        self.step += 1
        # A slow average would remember the initial weights for long; it starts fast.
        decay = min(self.config.ema_decay, self.step / (self.step + 10))
        with torch.no_grad():
            for average, parameter in zip(self.average, self.parameters, strict=True):
                average.lerp_(parameter, 1 - decay)
        return loss.item()

    def _log(self, total: float) -> None:
        since = self.curve[-1].step if self.curve else 0
        rate = learning_rate(self.config, self.step - 1)
        self.curve.append(LossPoint(self.step, total / (self.step - since), self._validation_loss(), rate))

    @torch.no_grad()
    def _validation_loss(self) -> float | None:
        """Returns the moving average's loss on the demonstrations kept out; None if there are none."""
        if len(self.validation) == 0:
            return None
        present = [parameter.detach().clone() for parameter in self.parameters]
        self.averaged().eval()
        # The same noise each time, so that the curve shows the weights and not the draw.
        generator = torch.Generator().manual_seed(0)
        total = 0.0
        for indices in torch.split(self.validation, VALIDATION_BATCH):
            loss: Tensor = self.learner.loss(self._batch(indices, generator), generator)
            total += loss.item() * len(indices)
        for parameter, value in zip(self.parameters, present, strict=True):
            parameter.data.copy_(value)
        return total / len(self.validation)


def learning_rate(config: TrainingConfig, step: int) -> float:
    """Returns the rate of a step counted from 0: a linear warm-up, then half a cosine down to 0."""
    if step < config.warmup_steps:
        return config.learning_rate * (step + 1) / config.warmup_steps
    share = (step - config.warmup_steps) / max(config.steps - config.warmup_steps, 1)
    return config.learning_rate * 0.5 * (1 + math.cos(math.pi * share))


def check_same(found: TrainingIdentity, expected: TrainingIdentity, folder: Path) -> None:
    """Returns nothing if the training in a folder is the expected one.

    Raises:
        CheckpointError: It is another.
    """
    differences = [
        f"{name} is {old!r} there and {new!r} here"
        for name in TrainingIdentity.model_fields
        if (old := getattr(found, name)) != (new := getattr(expected, name))
    ]
    if differences:
        raise CheckpointError(
            f"{str(folder)!r} holds another training: {'; '.join(differences)}; "
            "nothing is overwritten: name another folder, or delete this one"
        )


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """More threads would sum in another order, so that the weights depended on the machine's cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
