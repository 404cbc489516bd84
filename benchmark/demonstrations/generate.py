"""Demonstrations from an expert, over several processes, the same whatever their number."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from ilbench.contract.task import Task
from ilbench.demonstrations.corruption import Fate, RandomDemonstrator
from ilbench.demonstrations.recipe import Assignment, Recipe
from ilbench.demonstrations.rollout import Detour, rollout
from ilbench.demonstrations.trajectory import Trajectory, cut
from ilbench.errors import ILBenchError, MissingPackageError
from ilbench.processes import usable_cores

if TYPE_CHECKING:
    import gymnasium as gym

    from ilbench.contract.policy import Expert

Progress: TypeAlias = Callable[[int, int], None]
"""Called as ``progress(done, total)`` after each demonstration, in demonstrations, or in control steps where
the recipe says how many."""

MAX_ATTEMPTS = 10
"""An expert that fails this often on one start is broken, and more patience would only bias the data."""


class DemonstrationError(ILBenchError):
    """An expert that cannot demonstrate, or an environment that fails under it."""


@dataclass(frozen=True, slots=True)
class _Fault:
    """What ended a worker: exceptions themselves do not all survive the way between processes."""

    message: str
    details: str


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
    task: Task, env: gym.Env[Any, Any], expert: Expert, recipe: Recipe, assignment: Assignment
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
    env: gym.Env[Any, Any],
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
    workers: dict[Connection, SpawnProcess] = {}
    ahead: dict[int, Trajectory] = {}
    try:
        for first in range(num_workers):
            receiver, process = _start(task, recipe, indices[first::num_workers])
            workers[receiver] = process
        for index in indices:
            while index not in ahead:
                for receiver in cast("list[Connection]", wait(list(workers))):
                    message = _received(receiver, workers[receiver], task)
                    if message is None:
                        workers.pop(receiver).join()
                    else:
                        ahead[message[0]] = message[1]
            yield ahead.pop(index)
    finally:
        for process in workers.values():
            process.kill()
        for process in workers.values():
            process.join()


def _start(task: Task, recipe: Recipe, share: range) -> tuple[Connection, SpawnProcess]:
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(sender, task, recipe, share), daemon=True)
    process.start()
    sender.close()  # else the end of the worker would not show as the end of the pipe
    return receiver, process


def _work(sender: Connection, task: Task, recipe: Recipe, share: range) -> None:
    """Plays a share of the demonstrations and sends each; the body of a worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent answers it
    threading.Thread(target=_die_with_parent, daemon=True).start()
    try:
        for index, trajectory in zip(share, _played(task, recipe, share), strict=True):
            sender.send((index, trajectory))
        sender.send(None)
    except BrokenPipeError:
        return  # the parent is gone
    except Exception as error:
        message = str(error) if isinstance(error, ILBenchError) else f"{type(error).__name__}: {error}"
        sender.send(_Fault(message, traceback.format_exc()))


def _die_with_parent() -> None:
    """Ends this worker with its parent, even if that was killed and the expert never comes to an end."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _received(receiver: Connection, process: SpawnProcess, task: Task) -> tuple[int, Trajectory] | None:
    """Returns a worker's next demonstration with its index, or None after its last."""
    try:
        message: tuple[int, Trajectory] | _Fault | None = receiver.recv()
    except EOFError:
        process.join()
        raise DemonstrationError(
            f"a worker that demonstrates {task.id} died with exit code {process.exitcode}"
            " (a negative code is the signal; -9 often means that memory ran out)"
        ) from None
    if isinstance(message, _Fault):
        fault = DemonstrationError(message.message)
        fault.add_note(message.details)
        raise fault
    return message
