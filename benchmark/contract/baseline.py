"""Baselines by name: what a method is before anything heavy is loaded, and the registry of all installed.

A package adds its own through the entry-point group ``ilbench.baselines``, whose value is an import string of
one `Baseline` or of a sequence of them. ``ilbench run NAME`` and ``ilbench.run("NAME", …)`` then know it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ilbench.contract.task import Task, installed_version
from ilbench.digest import json_digest
from ilbench.errors import CheckpointError, MissingPackageError, UnknownNameError, UsageError
from ilbench.importing import load_object
from ilbench.plugins import by_name, load_plugins

if TYPE_CHECKING:
    from ilbench.contract.policy import Place
    from ilbench.contract.policy_spec import PolicySpec

ENTRY_POINTS = "ilbench.baselines"
CHECKPOINTS = Path("checkpoints")
"""Where trainings leave their checkpoints, if no other folder is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedOn:
    """What a policy was trained on for one task, as far as its checkpoint says.

    Attributes:
        weights: Digest of the weights that act.
        spec_digest: `Task.spec_digest` at training time.
        settings: Digest of what else of the checkpoint acts, such as the method's configuration.
        demonstrations: Name of the data set among those of its task; empty where it was not kept.
        checksum: Checksum of the demonstrations.
        num_demonstrations: How many of them there were.
    """

    weights: str
    spec_digest: str
    settings: str = ""
    demonstrations: str = ""
    checksum: str = ""
    num_demonstrations: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """How a baseline is trained and how its checkpoints are read, by import strings.

    Attributes:
        train: ``train(name, demonstrations, *, folder, seed, steps, progress) -> Path``; `steps` is None for
            the method's own number, `progress` is told steps done, steps in all and the last loss.
        describe: ``describe(folder) -> TrainedOn`` of a finished checkpoint; raises `CheckpointError` where
            there is none.
        learner: Class of the network, for methods that use this project's trainer.
        config: Class of its configuration, likewise.
        package: Distribution that training and acting need.
        extra: Extra of this project that installs it.
    """

    train: str
    describe: str
    learner: str = ""
    config: str = ""
    package: str = "torch"
    extra: str = "baselines"

    def described(self, folder: Path) -> TrainedOn:
        """Returns what the finished checkpoint in a folder was trained on; see `describe`."""
        found: TrainedOn = load_object(self.describe)(folder)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A method by name.

    Attributes:
        name: What the command line calls it.
        summary: What it does, in one sentence.
        entry: Import string of what makes its policy: without arguments where it is not trained, with the
            checkpoint's ``folder`` where it is; None for the task's own expert, which the runner plays.
        training: How it is trained; None where it is not.
        distribution: The installed distribution whose version its digest covers.
    """

    name: str
    summary: str
    entry: str | None = None
    training: Training | None = None
    distribution: str = "ilbench"

    @property
    def trainable(self) -> bool:
        """Whether it needs demonstrations and a checkpoint."""
        return self.training is not None

    def checkpoint(self, task_id: str, checkpoints: Path = CHECKPOINTS, seed: int = 0) -> Path:
        """Returns the folder of its checkpoint for a task."""
        return checkpoints / self.name / task_id / f"seed-{seed}"

    def policy(self, task: Task, checkpoints: Path, seed: int, place: Place | None = None) -> PolicySpec:
        """Returns how its policy for a task is loaded.

        Args:
            task: What it will play.
            checkpoints: Where its trainings are.
            seed: Which of them.
            place: Where it runs; None for inline.

        Raises:
            UnknownNameError: It is the expert, and the task has none.
            MissingPackageError: The expert's simulator is not installed.
        """
        from ilbench.contract.policy_spec import PolicySpec

        if self.entry is None:
            task.make_expert()
            return PolicySpec(privileged=True)
        arguments: dict[str, Any] = {}
        if self.trainable:
            arguments["folder"] = str(self.checkpoint(task.id, checkpoints, seed).resolve())
        return PolicySpec(load=self.entry, arguments=arguments, place=place or "inline")

    def trained_on(self, task: Task, checkpoints: Path, seed: int) -> TrainedOn | None:
        """Returns what its checkpoint for a task was trained on; None where it is not trained.

        Raises:
            CheckpointError: It has not been trained on this version of the task; the message has the command.
        """
        if self.training is None:
            return None
        folder = self.checkpoint(task.id, checkpoints, seed)
        command = f"ilbench train {self.name} {task.id}" + (f" --seed {seed}" if seed else "")
        if not folder.exists():
            raise CheckpointError(
                f"{self.name!r} has not been trained on {task.id}: {folder} does not exist; run: {command}"
            )
        found = self.training.described(folder)
        if found.spec_digest != task.spec_digest():
            raise CheckpointError(
                f"{folder} was trained on another version of {task.id}; move it away and run: {command}"
            )
        return found

    def digest(self, trained: Mapping[str, TrainedOn]) -> str:
        """Returns the digest of its code's version, and of weights and settings for each task."""
        acting = {task: [found.weights, found.settings] for task, found in trained.items()}
        return json_digest({"version": installed_version(self.distribution), **acting})

    def check_installed(self) -> None:
        """Raises `MissingPackageError` if it is trained with a package that is not installed."""
        if self.training is not None and installed_version(self.training.package) is None:
            what = f"the baseline {self.name!r}"
            raise MissingPackageError(what, self.training.package, self.training.extra)

    def check_trainable(self, task_id: str) -> Training:
        """Returns how it is trained.

        Raises:
            UsageError: It is not; the message has the command that runs it as it is.
        """
        if self.training is None:
            raise UsageError(
                f"the baseline {self.name!r} is not trained; run it: ilbench run {self.name} --task {task_id}"
            )
        return self.training


def load_baselines() -> Mapping[str, Baseline]:
    """Returns the baselines of all installed packages, by name.

    Raises:
        DuplicateNameError: Two share a name.
        PluginError: A package's entry point leads to something else.
    """
    return by_name(load_plugins(ENTRY_POINTS, Baseline), "baseline")


def find_baseline(name: str) -> Baseline:
    """Returns the baseline of that name.

    Raises:
        UnknownNameError: There is none.
        MissingPackageError: It is trained with a package that is not installed.
    """
    baselines = load_baselines()
    if name not in baselines:
        raise UnknownNameError("baseline", name, baselines)
    baselines[name].check_installed()
    return baselines[name]
