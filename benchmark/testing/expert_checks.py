"""What an expert promises: it solves the task on held-out contexts, and says how where it should."""

from __future__ import annotations

from collections.abc import Iterator

from ilbench.contract.policy import Procedural
from ilbench.demonstrations.rollout import rollout
from ilbench.errors import MissingWeightsError
from ilbench.runs.identity import EpisodeId
from ilbench.testing.contract import Check, Finding
from ilbench.testing.task_subject import TaskSubject

NUM_EPISODES = 4
NUM_EPISODES_OF_ALTERNATIVES = 3
EVERY_MODE = 5
"""Of many modes so few are shown: every fifth and the last, which finds an expert that has but one."""
RELIABLE = 0.98
"""An expert with this success rate may fail one of `NUM_EPISODES`, another one two of them."""


def expert_solves(subject: TaskSubject) -> Iterator[Finding]:
    """The expert solves held-out contexts, as often as its measured success rate lets expect."""
    task, expert = subject.task, subject.task.make_expert()
    size = 1 if subject.is_filmed else min(NUM_EPISODES, len(task.contexts("test")))
    episodes = [EpisodeId(task.id, "test", context, 0) for context in range(size)]
    trajectories = [
        rollout(
            task,
            subject.env,
            expert,
            episode.context,
            episode.seed("demonstration"),
            split="test",
            steps_after_success=task.demonstrations.steps_after_success if task.demonstrations else None,
        )
        for episode in episodes
    ]
    num_forgiven = 1 if task.references()["expert"].success_rate >= RELIABLE else 2
    wanted, solved = max(1, size - num_forgiven), sum(trajectory.success for trajectory in trajectories)
    if solved < wanted:
        yield Finding(f"{solved} of {size} test contexts solved", f"at least {wanted}")


def alternatives_solve(subject: TaskSubject) -> Iterator[Finding]:
    """So do the alternative experts."""
    task, size = subject.task, NUM_EPISODES_OF_ALTERNATIVES
    for name in task.alternative_experts:
        expert = task.make_expert(name)
        trajectories = [
            rollout(task, subject.env, expert, context, context, split="test") for context in range(size)
        ]
        solved = sum(trajectory.success for trajectory in trajectories)
        if solved < size - 1:
            yield Finding(f"{name}: {solved} of {size} test contexts solved", f"at least {size - 1}")


def success_has_its_mode(subject: TaskSubject) -> Iterator[Finding]:
    """An expert that is asked for a mode succeeds in that mode."""
    task, last = subject.task, len(subject.task.modes) - 1
    for mode in [0] if subject.is_filmed else sorted({*range(0, last, EVERY_MODE), last}):
        shown = rollout(task, subject.env, task.make_expert(), context=0, seed=mode, mode=mode)
        if (shown.success, shown.mode) != (True, mode):
            yield Finding(
                f"success {shown.success} in mode {shown.mode}, asked for {mode}", f"success in mode {mode}"
            )


def explains_itself(subject: TaskSubject) -> Iterator[Finding]:
    """An expert whose procedure is kept with its demonstrations can say what it is."""
    expert = subject.task.make_expert()
    if not isinstance(expert, Procedural):
        yield Finding(
            f"{type(expert).__name__} without a method procedure()", "one: its demonstrations keep it"
        )


def _without_expert(subject: TaskSubject) -> str | None:
    if subject.task.expert is None:
        return "evaluation only"
    try:
        subject.task.make_expert()
    except MissingWeightsError as error:
        return str(error)
    return None


def _without_modes(subject: TaskSubject) -> str | None:
    shows_modes = subject.task.modes and subject.task.expert
    return None if shows_modes else "no behavior descriptor, or no expert to show one"


def _without_procedure(subject: TaskSubject) -> str | None:
    plan = subject.task.demonstrations
    return None if plan is not None and plan.procedure else "declares no procedure"


EXPERT_CHECKS: tuple[Check[TaskSubject], ...] = (
    Check(
        name="the expert solves held-out contexts",
        look=expert_solves,
        remedy="mend the expert, or raise the horizon; then ilbench author references TASK",
        pardon=_without_expert,
    ),
    Check(
        name="alternative experts solve held-out contexts too",
        look=alternatives_solve,
        remedy="mend the expert, or take it out of alternative_experts",
    ),
    Check(
        name="a success of a task with modes has its mode",
        look=success_has_its_mode,
        remedy="let Expert.reset obey mode, and the environment report it in info['mode']",
        pardon=_without_modes,
    ),
    Check(
        name="an expert that is to explain itself does",
        look=explains_itself,
        remedy="give the expert a method procedure(), or take the fields out of the demonstration plan",
        pardon=_without_procedure,
    ),
)
