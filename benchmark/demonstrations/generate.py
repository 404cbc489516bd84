"""Demonstrations from an expert, over several processes, the same whatever their number."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from ilbench.contract.task import Task
from ilbench.demonstrations.corruption import Fate, RandomDemonstrator
from ilbench.demonstrations.recipe import Assignment, Recipe
from ilbench.demonstrations.rollout import Detour, rollout
from ilbench.demonstrations.trajectory import Trajectory, cut
from ilbench.errors import ILBenchError, MissingPackageError
from ilbench.processes import usable_cores
from ilbench.streams import ProcessDiedError, ProcessFaultError, stream

if TYPE_CHECKING:
    from ilbench.contract.environment import Environment
    from ilbench.contract.policy import Expert

Progress: TypeAlias = Callable[[int, int], None]
"""Called as ``progress(done, total)`` after each demonstration, in demonstrations, or in control steps where
the recipe says how many."""

MAX_ATTEMPTS = 10
"""An expert that fails this often on one start is broken, and more patience would only bias the data."""


class DemonstrationError(ILBenchError):
    """An expert that cannot demonstrate, or an environment that fails under it."""


def generate(
    task: Task, recipe: Recipe, *, workers: int | None = None, progress: Progress | None = None
) -> Generator[Trajectory, None, None]:
    """Yields the demonstrations of a recipe, in order.

    Each depends on its own identity only, so neither the number of workers nor their speed shows in
    the result. A failed attempt (no success, or another mode than asked for) is repeated with the
    next attempt's seed, which `Trajectory.num_retries` tells; only a demonstrator that is meant to be bad,
    see `Corruption.quality`, may fail. Where the recipe says how many transitions, the last demonstration
    is cut there and counts as failed. Closing the iterator ends the workers.

    Args:
        task: The task.
        recipe: From `ilbench.demonstrations.make_recipe`.
        workers: Processes; None for one a CPU. With 1 everything happens in this process. More need
            the usual ``if __name__ == "__main__":`` guard in a script that calls this.
        progress: Told after each demonstration.

    Raises:
        MissingPackageError: The simulator is not installed.
        DemonstrationError: `MAX_ATTEMPTS` attempts failed, or expert, environment or worker broke.
    """
    missing = task.missing_package()
    if missing is not None:
        raise MissingPackageError(f"task {task.id!r}", missing, task.extra)
    num_workers = min(workers or usable_cores(), recipe.count)
    indices = range(recipe.count)
    stream = (
        _played(task, recipe, indices)
        if num_workers == 1
        else _played_by_workers(task, recipe, indices, num_workers)
    )
    total, done = recipe.transitions or recipe.count, 0
    with closing(stream):
        for trajectory in stream:
            if recipe.transitions is not None and len(trajectory) > total - done:
                trajectory = cut(trajectory, total - done)
            done += 1 if recipe.transitions is None else len(trajectory)
            if progress is not None:
                progress(done, total)
            yield trajectory
            if done == total:
                return


def _played(task: Task, recipe: Recipe, indices: Iterable[int]) -> Generator[Trajectory, None, None]:
    """Yields the demonstrations of these indices, played here and now."""
    env, expert = task.make_env(), task.make_expert(recipe.expert)
    try:
        for index in indices:
            yield _demonstrated(task, env, expert, recipe, recipe.assignment(task, index))
    finally:
        env.close()


def _demonstrated(
    task: Task, env: Environment, expert: Expert, recipe: Recipe, assignment: Assignment
) -> Trajectory:
    """Returns the first attempt that shows what the assignment asks for, as it is to be recorded.

    Of a demonstrator that is meant to be bad it is the first one.
    """
    fate = recipe.corruption.fate(assignment.corruption_seed(task))
    failure = None
    for attempt in range(MAX_ATTEMPTS):
        try:
            trajectory = _attempted(task, env, expert, recipe, assignment, fate, attempt)
        except Exception as error:
            seed = assignment.seed(task, attempt)
            problem = f"{_name(task, assignment)}, seed {seed}: {type(error).__name__}: {error}"
            raise DemonstrationError(problem) from error
        failure = _failure(trajectory, assignment)
        if failure is None or fate.demonstrator != "expert":
            return fate.damaged(replace(trajectory, num_retries=attempt))
    raise DemonstrationError(
        f"{_name(task, assignment)}: the expert failed {MAX_ATTEMPTS} times, at last with {failure}"
    )


def _attempted(
    task: Task,
    env: Environment,
    expert: Expert,
    recipe: Recipe,
    assignment: Assignment,
    fate: Fate,
    attempt: int,
) -> Trajectory:
    """Returns an attempt, played a second time where a detour begins at a share of its length."""
    is_expert = fate.demonstrator == "expert"
    noises = {"expert": recipe.noise, "noisy": recipe.corruption.noisy_strength, "random": 0.0}

    def played(detour: Detour | None = None) -> Trajectory:
        return rollout(
            task,
            env,
            RandomDemonstrator(task.action) if fate.demonstrator == "random" else expert,
            assignment.context,
            assignment.seed(task, attempt),
            mode=assignment.mode,
            noise=noises[fate.demonstrator],
            label=recipe.corruption.label if is_expert else "executed",
            detour=detour,
            steps_after_success=task.demonstrations.steps_after_success if task.demonstrations else None,
        )

    direct = played()
    if fate.detour_at is None:
        return direct
    start = int(fate.detour_at * len(direct))
    return played(Detour(start=start, length=recipe.corruption.extraneous_steps))


def _failure(trajectory: Trajectory, assignment: Assignment) -> str | None:
    """Returns why an attempt does not demonstrate what was asked for, or None if it does."""
    if not trajectory.success:
        return f"no success within {len(trajectory)} steps"
    if assignment.mode is not None and trajectory.mode != assignment.mode:
        return f"mode {trajectory.mode} instead of mode {assignment.mode}"
    return None


def _name(task: Task, assignment: Assignment) -> str:
    mode = "" if assignment.mode is None else f", mode {assignment.mode}"
    return f"demonstration {assignment.index} of {task.id} (train context {assignment.context}{mode})"


def _played_by_workers(
    task: Task, recipe: Recipe, indices: range, num_workers: int
) -> Generator[Trajectory, None, None]:
    """Yields the demonstrations in order, played by processes that end with this generator."""
    shares = [indices[first::num_workers] for first in range(num_workers)]
    expected = [iter(share) for share in shares]
    ahead: dict[int, Trajectory] = {}
    with closing(stream(partial(_played, task, recipe), shares)) as played:
        try:
            for index in indices:
                while index not in ahead:
                    worker, trajectory = next(played)
                    ahead[next(expected[worker])] = trajectory
                yield ahead.pop(index)
        except ProcessDiedError as error:
            raise DemonstrationError(f"demonstrations of {task.id}: {error}") from None
        except ProcessFaultError as error:
            fault = DemonstrationError(str(error))
            fault.__notes__ = error.__notes__
            raise fault from None
