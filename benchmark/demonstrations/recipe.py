"""Recipe: which demonstrations are wanted, resolved and checked, and how they are dealt."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypedDict, Unpack

from ilbench.contract.task import Task
from ilbench.demonstrations.corruption import MAX_NOISE, Corruption
from ilbench.digest import json_digest
from ilbench.errors import ILBenchError, UnknownNameError
from ilbench.runs.identity import EpisodeId

PLAIN: Mapping[str, Any] = {"modes": (), "noise": 0.0}
"""The dials of a task that declares none."""

OPTIONAL = ("expert", "levels", "transitions")
"""Dials that are not set unless somebody asks."""

NOTHING = Corruption()

MAX_COUNT = 1_000_000_000
"""Demonstrations, or transitions: more than anybody waits for."""


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

    def corruption_seed(self, task: Task) -> int:
        """Returns the seed of what is corrupted in the demonstration, whichever attempt succeeds."""
        return EpisodeId(task.id, "train", self.context, self.index).seed("corruption")


class Dials(TypedDict, total=False):
    """What can be asked of a task's demonstrations; what is missing or None is the task's own.

    Attributes:
        count: How many; with `transitions`, how many at most.
        modes: Indices of the modes asked for in turn.
        noise: Strength of the injected noise, see `ilbench.demonstrations.rollout.perturbation`.
        expert: Name of one of `Task.alternative_experts`.
        levels: Only the first so many ``train`` contexts are demonstrated.
        transitions: Stop at so many control steps in total; the last demonstration is cut there.
        corruption: What is to be wrong with them.
    """

    count: int | None
    modes: Sequence[int] | None
    noise: float | None
    expert: str | None
    levels: int | None
    transitions: int | None
    corruption: Corruption | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """The dials of a set of demonstrations, resolved.

    Attributes:
        count: How many, at most where there are `transitions`.
        modes: The modes asked for in turn; empty where the expert chooses.
        noise: Strength of the injected noise, see `ilbench.demonstrations.rollout.perturbation`.
        expert: Name of an alternative expert; None for the standard one.
        levels: How many ``train`` contexts are demonstrated; None for all.
        transitions: Control steps in total; None for as many as it takes.
        corruption: What is wrong with them.
    """

    count: int
    modes: tuple[int, ...]
    noise: float
    expert: str | None = None
    levels: int | None = None
    transitions: int | None = None
    corruption: Corruption = NOTHING

    def assignment(self, task: Task, index: int) -> Assignment:
        """Returns what a demonstration is to show; it does not depend on the count.

        Modes and contexts are each dealt in turn, so both occur equally often. Where their numbers
        share a factor the same pairs would return for ever; each full cycle therefore shifts the
        contexts by one, so that in the long run no context stands for a mode.
        """
        num_contexts = self.levels or task.split("train").num_contexts
        if not self.modes:
            return Assignment(index=index, context=index % num_contexts, mode=None)
        shift = index // math.lcm(num_contexts, len(self.modes))
        return Assignment(
            index=index,
            context=(index + shift) % num_contexts,
            mode=self.modes[index % len(self.modes)],
        )

    def as_json(self) -> dict[str, Any]:
        """Returns the dials as plain JSON, without those that every task leaves as they are."""
        plain = {"count": self.count, "modes": list(self.modes), "noise": self.noise}
        others = {name: value for name in OPTIONAL if (value := getattr(self, name)) is not None}
        corruption = self.corruption.as_json()
        return {**plain, **others, **({"corruption": corruption} if corruption else {})}

    @classmethod
    def from_json(cls, dials: Mapping[str, Any]) -> Recipe:
        """Returns the recipe that `as_json` wrote."""
        corruption = Corruption.from_json(dials.get("corruption", {}))
        return cls(**{**dials, "modes": tuple(dials["modes"]), "corruption": corruption})

    def command(self, task: Task) -> str:
        """Returns the command that generates these demonstrations."""
        words = ["ilbench demos", task.id]
        if self != standard_recipe(task):
            words += ["--count", str(self.count), "--noise", str(self.noise)]
            words += ["--modes", ",".join(map(str, self.modes))] if self.modes else []
            for name in OPTIONAL:
                value = getattr(self, name)
                words += [] if value is None else [f"--{name}", str(value)]
            words += self.corruption.options()
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


def make_recipe(task: Task, **dials: Unpack[Dials]) -> Recipe:
    """Returns the recipe with the given dials, and the task's own for the rest.

    Args:
        task: The task.
        **dials: See `Dials`.

    Raises:
        UnknownNameError: The task has no alternative expert of that name.
        InvalidRecipeError: A dial is out of range, nobody can demonstrate the task, or it declares no
            standard demonstrations and neither `count` nor `transitions` is given.
    """
    if task.expert is None:
        raise InvalidRecipeError(f"task {task.id!r} has no expert, so nobody can demonstrate it")
    given = {name: v for name, v in dials.items() if v is not None and name != "corruption"}
    if given.get("levels") == task.split("train").num_contexts:
        del given["levels"]  # all of them: the same demonstrations, so the same data set
    if "transitions" in given:
        given.setdefault("count", given["transitions"])  # each has at least one step
    standard = standard_recipe(task)
    if standard is None and "count" not in given:
        raise InvalidRecipeError(f"task {task.id!r} declares no standard demonstrations; say how many")
    corruption = dials.get("corruption") or NOTHING
    plain = Recipe.from_json({**(standard.as_json() if standard else PLAIN), **given})
    recipe = replace(plain, corruption=corruption)
    if recipe.expert is not None and recipe.expert not in task.alternative_experts:
        raise UnknownNameError(f"expert of {task.id}", recipe.expert, task.alternative_experts)
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
    return f"ilbench/{task.id}/{recipe.expert or 'expert'}{suffix}-v1"


def _problem(task: Task, recipe: Recipe) -> str | None:
    """Returns what is wrong with the dials, or None."""
    if not 1 <= recipe.count <= MAX_COUNT:
        return f"count must be from 1 to {MAX_COUNT}, found {recipe.count}"
    if not 0 <= recipe.noise <= MAX_NOISE:
        return f"noise must be a number from 0 to {MAX_NOISE:g}, found {recipe.noise}"
    if task.action.num_actions is not None and recipe.noise > 1:
        return f"noise is a probability for discrete actions, at most 1, found {recipe.noise}"
    unknown = sorted(set(recipe.modes) - set(range(len(task.modes))))
    if unknown:
        return f"no mode {unknown[0]}; the task has {len(task.modes)} modes, numbered from 0"
    if len(set(recipe.modes)) < len(recipe.modes):
        return f"each mode may be asked for once, found {list(recipe.modes)}"
    num_contexts = task.split("train").num_contexts
    if recipe.levels is not None and not 1 <= recipe.levels <= num_contexts:
        return f"levels must be from 1 to {num_contexts}, the task's train contexts, found {recipe.levels}"
    if recipe.transitions is not None and not 1 <= recipe.transitions <= MAX_COUNT:
        return f"transitions must be from 1 to {MAX_COUNT}, found {recipe.transitions}"
    return recipe.corruption.problem(task.action)
