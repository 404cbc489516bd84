"""The contract of a policy on a task: what lets its record depend on nothing but the episode.

A policy is shown a *tape*: observations of real episodes, one a lane, the same whatever it answers. Its
actions must then be the same bits for the same seeds, whoever sits in the other lanes, and whatever was
played before.
"""

from __future__ import annotations

import copy
import inspect
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ilbench.contract.policy import width_of
from ilbench.contract.task import Task
from ilbench.digest import array_digest
from ilbench.guest.actions import ActionCheck
from ilbench.guest.answers import Answer
from ilbench.guest.lifting import LanePolicy, lift
from ilbench.importing import is_import_string, load_object
from ilbench.testing.contract import Check, Finding, Problem
from ilbench.testing.task_subject import draw

NUM_STEPS = 4
NUM_TAPES = 8
"""Episodes that are shown; of a wide policy so many lanes play, the last one among them."""
NUM_SEEDS = 3
"""Different seeds that are tried before a policy counts as one that asks the global generators."""

Tape = Sequence[Mapping[str, "np.ndarray[Any, Any]"]]
"""Observations of one episode, step by step."""


class PolicySubject:
    """A policy under test.

    Args:
        policy: A class, a factory, a function of one observation, an import string of one of these, or an
            object, which is copied wherever a fresh one is needed.
        task: The task that it plays.
    """

    def __init__(self, policy: Any, task: Task) -> None:
        self.task = task
        self.width = width_of(policy)
        self.lanes = sorted({*range(min(self.width, NUM_TAPES - 1)), self.width - 1})
        self._check = ActionCheck(task.description()["action"], self.width, (KeyboardInterrupt,))
        self._entry = _entry(policy)

    def fresh(self) -> LanePolicy:
        """Returns the policy, newly made, serving all lanes of its width."""
        return lift(self._entry, self.width)

    @cached_property
    def tapes(self) -> Sequence[Tape]:
        """Observations of `NUM_TAPES` episodes of random actions on test contexts, all of them different."""
        env, contexts = self.task.make_env(), self.task.contexts("test")
        tapes = []
        try:
            for number in range(NUM_TAPES):
                rng = np.random.default_rng(number)
                context = contexts[number % len(contexts)]
                observation, _ = env.reset(seed=number, options={"context": context})
                tape = [_copied(observation)]
                for _ in range(NUM_STEPS - 1):
                    tape.append(_copied(env.step(draw(self.task, rng))[0]))
                tapes.append(tape)
        finally:
            env.close()
        return tapes

    def answers(
        self, policy: LanePolicy, tapes: Mapping[int, Tape], seeds: Mapping[int, int]
    ) -> list[Answer]:
        """Returns what the policy answers to the tapes, step by step, as the runner checks it.

        Args:
            policy: From `fresh`, or one that has played before.
            tapes: By lane; the rows of other lanes are zeros.
            seeds: By lane.
        """
        live, description = sorted(tapes), self.task.description()
        for lane in live:
            policy.reset(lane, seeds[lane], description)
        rows = self.rows(policy.history)
        answers = []
        for step in range(NUM_STEPS):
            for lane in live:
                _see(rows, lane, tapes[lane][step], policy.history, first=step == 0)
            answers.append(self.asked(policy, rows, live))
        return answers

    def asked(self, policy: LanePolicy, rows: Mapping[str, np.ndarray[Any, Any]], live: list[int]) -> Answer:
        """Returns what the policy answers to one call."""
        return self._check.judged(policy.act(rows, live, self._check), live)

    def rows(self, history: int) -> dict[str, np.ndarray[Any, Any]]:
        """Returns zeros for all lanes, as the runner holds observations for a policy with this history."""
        lead = (self.width,) if history == 1 else (self.width, history)
        return {f.name: np.zeros((*lead, *f.shape), f.dtype) for f in self.task.observation}


def check_policy(policy: Any, task: Task) -> list[Problem]:
    """Returns in what a policy breaks its contract on a task; empty for a sound one.

    Args:
        policy: See `PolicySubject`.
        task: The task that it plays.
    """
    subject = PolicySubject(policy, task)
    return [problem for check in POLICY_CHECKS for problem in check.problems(subject)]


def has_a_form(subject: PolicySubject) -> Iterator[Finding]:
    """The policy has one of the forms that can be lifted."""
    subject.fresh()
    yield from ()


def actions_are_the_tasks(subject: PolicySubject) -> Iterator[Finding]:
    """Every action has the task's shape and kind, and is finite or in range."""
    for step, answer in enumerate(_answers(subject, subject.lanes)):
        for lane, fault in list(answer.faults.items())[:1]:
            yield Finding(f"at step {step}, lane {lane}: {fault.reason}", "actions of the task")


def same_seed_same_actions(subject: PolicySubject) -> Iterator[Finding]:
    """Two fresh policies answer the same to the same seeds."""
    lanes = subject.lanes
    yield from _compared(_answers(subject, lanes), _answers(subject, lanes), lanes, "a second fresh policy")


def rows_are_independent(subject: PolicySubject) -> Iterator[Finding]:
    """What is in the other rows of a call does not show in a row's action."""
    together = _answers(subject, subject.lanes)
    for lane in (0, subject.width - 1):
        yield from _compared(
            together, _answers(subject, [lane]), [lane], "the same policy, the other lanes idle"
        )


def lane_does_not_matter(subject: PolicySubject) -> Iterator[Finding]:
    """An episode gets the same actions in whichever lane it is played."""
    last = subject.width - 1
    here = subject.answers(subject.fresh(), {0: subject.tapes[0]}, {0: 1})
    there = subject.answers(subject.fresh(), {last: subject.tapes[0]}, {last: 1})
    if [_bits(answer, 0) for answer in here] != [_bits(answer, last) for answer in there]:
        yield Finding(f"other actions in lane {last} than in lane 0", "the same")


def reset_forgets(subject: PolicySubject) -> Iterator[Finding]:
    """After a reset nothing of the last episode shows."""
    used = subject.fresh()
    others = dict(zip(subject.lanes, subject.tapes[1:], strict=False))
    subject.answers(used, others, {lane: 5 + lane for lane in others})
    again = subject.answers(used, {0: subject.tapes[0]}, {0: 1})
    yield from _compared(_answers(subject, [0]), again, [0], "a policy that has played before")


def other_resets_do_not_matter(subject: PolicySubject) -> Iterator[Finding]:
    """A lane that begins an episode changes nothing for a lane that is in one: no generator is shared."""
    policy, description = subject.fresh(), subject.task.description()
    policy.reset(0, 1, description)
    rows, answers = subject.rows(policy.history), []
    for step in range(NUM_STEPS):
        policy.reset(1, 100 + step, description)
        _see(rows, 1, subject.tapes[1][0], policy.history, first=True)
        _see(rows, 0, subject.tapes[0][step], policy.history, first=step == 0)
        answers.append(subject.asked(policy, rows, [0, 1]))
    yield from _compared(
        _answers(subject, [0]), answers, [0], "a neighbor that begins an episode at every step"
    )


def asks_no_global_generator(subject: PolicySubject) -> Iterator[Finding]:
    """The global generators' states do not show: they depend on what else the process did."""
    expected = _answers(subject, [0])
    before = _global_states()
    try:
        for seed in range(NUM_SEEDS):
            _seed_global_generators(seed)
            yield from _compared(
                expected, _answers(subject, [0]), [0], f"global generators seeded with {seed}"
            )
    finally:
        _restore(before)


POLICY_CHECKS: tuple[Check[PolicySubject], ...] = (
    Check(
        name="the policy has a form that can be played",
        look=has_a_form,
        remedy="see ilbench.contract.policy for the forms",
    ),
    Check(
        name="its actions are the task's",
        look=actions_are_the_tasks,
        remedy="return finite numbers of action.shape, or integers below num_actions, for every lane",
    ),
    Check(
        name="the same seed gives the same actions",
        look=same_seed_same_actions,
        remedy="seed a generator of its own in reset, and draw from nothing else",
    ),
    Check(
        name="rows do not influence each other",
        look=rows_are_independent,
        remedy="compute each row from that row: no batch statistics, no attention over rows, no sorting",
    ),
    Check(
        name="the lane does not matter",
        look=lane_does_not_matter,
        remedy="let nothing depend on the number of the lane",
    ),
    Check(
        name="a reset forgets the last episode",
        look=reset_forgets,
        remedy="set everything that belongs to an episode in reset",
    ),
    Check(
        name="lanes share no generator and no state",
        look=other_resets_do_not_matter,
        pardon=lambda subject: "one lane" if subject.width == 1 else None,
        remedy="keep one generator and one state for each lane",
    ),
    Check(
        name="the global random generators do not show",
        look=asks_no_global_generator,
        remedy="draw from numpy.random.default_rng(seed), or a torch.Generator, made in reset",
    ),
)
"""Every promise of a policy."""


def _entry(policy: Any) -> Callable[..., Any]:
    """Returns what can be lifted, which makes a fresh policy each time."""
    if isinstance(policy, str) and is_import_string(policy):
        policy = load_object(policy)
    is_made = inspect.isclass(policy) or inspect.isroutine(policy)
    entry: Callable[..., Any] = policy if is_made else lambda: copy.deepcopy(policy)
    return entry


def _answers(subject: PolicySubject, lanes: Sequence[int]) -> list[Answer]:
    """Returns what a fresh policy answers to each lane's own tape, with the seed ``lane + 1``."""
    return subject.answers(
        subject.fresh(),
        {lane: subject.tapes[subject.lanes.index(lane)] for lane in lanes},
        {lane: lane + 1 for lane in lanes},
    )


def _compared(
    expected: Sequence[Answer],
    found: Sequence[Answer],
    lanes: Sequence[int],
    by: str,
) -> Iterator[Finding]:
    """Yields a finding for the first step at which the rows of `lanes` differ."""
    for step, (one, other) in enumerate(zip(expected, found, strict=True)):
        differing = [lane for lane in lanes if _bits(one, lane) != _bits(other, lane)]
        if differing:
            yield Finding(f"other actions at step {step} in lane {differing[0]} by {by}", "the same bits")
            return


def _bits(answer: Answer, lane: int) -> str:
    """Returns what is the same for two answers only if they do the same in a lane."""
    return answer.faults[lane].reason if lane in answer.faults else array_digest(answer.chunk(lane))


def _copied(observation: Mapping[str, Any]) -> dict[str, np.ndarray[Any, Any]]:
    return {name: np.array(values) for name, values in observation.items()}


def _see(
    rows: Mapping[str, np.ndarray[Any, Any]],
    lane: int,
    observation: Mapping[str, Any],
    history: int,
    *,
    first: bool,
) -> None:
    """Writes an observation into a lane's row, as the runner does."""
    for name, values in rows.items():
        if history == 1 or first:
            values[lane] = observation[name]
        else:
            values[lane, :-1] = values[lane, 1:]
            values[lane, -1] = observation[name]


def _global_states() -> tuple[Any, Any, Any]:
    torch = sys.modules.get("torch")
    numpy_state = np.random.get_state()  # noqa: NPY002 - put back afterwards
    return random.getstate(), numpy_state, torch and torch.get_rng_state()


def _seed_global_generators(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - to see whether it shows
    if torch := sys.modules.get("torch"):
        torch.manual_seed(seed)


def _restore(states: tuple[Any, Any, Any]) -> None:
    random.setstate(states[0])
    np.random.set_state(states[1])  # noqa: NPY002 - as it was found
    if torch := sys.modules.get("torch"):
        torch.set_rng_state(states[2])
