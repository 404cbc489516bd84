"""Recipe: which demonstrations are wanted, resolved and checked, and how they are dealt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ilbench.digest import json_digest
from ilbench.errors import ILBenchError
from ilbench.identity import EpisodeId
from ilbench.task import Task


class InvalidRecipeError(ILBenchError):
    """Demonstrations that a task cannot give: a count, mode or noise that makes no sense for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One demonstration before it is played.

    Attributes:
        index: Its place in the data set.
        context: Index into the ``train`` contexts.
        mode: The mode to ask the expert for, None for the expert's own choice.
    """

    index: int
    context: int
    mode: int | None

    def seed(self, task: Task, attempt: int) -> int:
        """Returns the seed of an attempt, from 0; it depends on nothing but identity."""
        purpose = "demonstration" if attempt == 0 else f"demonstration attempt {attempt}"
        return EpisodeId(task.id, "train", self.context, self.index).seed(purpose)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """The dials of a set of demonstrations.

    Attributes:
        count: How many.
        modes: The modes asked for in turn; empty where the expert chooses.
        noise: Strength of the injected noise, see `ilbench.rollout.perturbation`.
    """

    count: int
    modes: tuple[int, ...]
    noise: float

    def assignments(self, task: Task) -> list[Assignment]:
        """Returns what each demonstration is to show; a smaller count gives a prefix.

        Modes and contexts are each dealt in turn, so both occur equally often. Where their numbers
        share a factor the same pairs would return for ever; each full cycle therefore shifts the
        contexts by one, so that in the long run no context stands for a mode.
        """
        num_contexts = task.split("train").num_contexts
        cycle = math.lcm(num_contexts, len(self.modes)) if self.modes else num_contexts
        shift = 1 if self.modes else 0
        return [
            Assignment(
                index=i,
                context=(i + shift * (i // cycle)) % num_contexts,
                mode=self.modes[i % len(self.modes)] if self.modes else None,
            )
            for i in range(self.count)
        ]

    def as_json(self) -> dict[str, Any]:
        """Returns the dials as plain JSON."""
        return {"count": self.count, "modes": list(self.modes), "noise": self.noise}

    def command(self, task: Task) -> str:
        """Returns the command that generates these demonstrations."""
        words = ["ilbench demos", task.id]
        if self != standard_recipe(task):
            words += ["--count", str(self.count), "--noise", str(self.noise)]
            words += ["--modes", ",".join(map(str, self.modes))] if self.modes else []
        return " ".join(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """Demonstrations that were recorded elsewhere.

    Attributes:
        name: The last part of the data set's id, with a version, such as ``d3il-human-v1``.
        format: What the import command calls the format, where it is known.
    """

    name: str
    format: str = "FORMAT"

    def as_json(self) -> dict[str, Any]:
        """Returns what tells them from others, as plain JSON."""
        return {"imported": self.name}

    def command(self, task: Task) -> str:
        """Returns the command that imports them."""
        return f"ilbench demos import {self.format} PATH --task {task.id}"


def standard_recipe(task: Task) -> Recipe | None:
    """Returns the task's own recipe, or None where it declares no demonstrations."""
    plan = task.demonstrations
    if plan is None:
        return None
    modes = tuple(range(len(task.modes))) if plan.balanced_modes else ()
    return Recipe(count=plan.count, modes=modes, noise=plan.noise)


def make_recipe(
    task: Task,
    *,
    count: int | None = None,
    modes: Sequence[int] | None = None,
    noise: float | None = None,
) -> Recipe:
    """Returns the recipe with the given dials, and the task's own for the rest.

    Raises:
        UnknownNameError: The task has no expert.
        InvalidRecipeError: A dial is out of range, or none is declared and `count` is missing.
    """
    if task.expert is None:
        raise InvalidRecipeError(f"task {task.id!r} has no expert, so nobody can demonstrate it")
    standard = standard_recipe(task)
    if standard is None and count is None:
        raise InvalidRecipeError(f"task {task.id!r} declares no standard demonstrations; say how many")
    standard = standard or Recipe(count=1, modes=(), noise=0.0)
    recipe = Recipe(
        count=standard.count if count is None else count,
        modes=standard.modes if modes is None else tuple(modes),
        noise=standard.noise if noise is None else float(noise),
    )
    problem = _problem(task, recipe)
    if problem:
        raise InvalidRecipeError(f"demonstrations of {task.id}: {problem}")
    return recipe


def dataset_id(task: Task, recipe: Recipe | Imported) -> str:
    """Returns the Minari id: ``ilbench/<task id>/expert-v1``, with a digest of dials that are not the task's.

    Of imported ones ``ilbench/<task id>/<name>``.
    """
    if isinstance(recipe, Imported):
        return f"ilbench/{task.id}/{recipe.name}"
    suffix = "" if recipe == standard_recipe(task) else f"-{json_digest(recipe.as_json())[:8]}"
    return f"ilbench/{task.id}/expert{suffix}-v1"


def _problem(task: Task, recipe: Recipe) -> str | None:
    """Returns what is wrong with the dials, or None."""
    if recipe.count < 1:
        return f"count must be at least 1, found {recipe.count}"
    if not math.isfinite(recipe.noise) or recipe.noise < 0:
        return f"noise must be a finite number, at least 0, found {recipe.noise}"
    if task.action.num_actions is not None and recipe.noise > 1:
        return f"noise is a probability for discrete actions, at most 1, found {recipe.noise}"
    unknown = sorted(set(recipe.modes) - set(range(len(task.modes))))
    if unknown:
        return f"no mode {unknown[0]}; the task has {len(task.modes)} modes, numbered from 0"
    if len(set(recipe.modes)) < len(recipe.modes):
        return f"each mode may be asked for once, found {list(recipe.modes)}"
    return None
