"""What an environment promises: `ilbench.contract.environment`, each sentence of it tried."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ilbench.checks.golden import replay_golden
from ilbench.contract.environment import observation_space
from ilbench.contract.gymnasium_ids import TaskByIndex
from ilbench.digest import array_digest, arrays_digest, json_digest
from ilbench.testing.contract import Check, Finding, differing
from ilbench.testing.task_subject import TaskSubject, draw, play

NUM_STEPS = 5


def declared_fields(subject: TaskSubject) -> Iterator[Finding]:
    """Every observation has the declared names, shapes and dtypes."""
    expected = {f.name: (f.shape, f.dtype) for f in subject.task.observation}
    for observation, _ in _walk(subject):
        found = {name: (np.shape(value), np.asarray(value).dtype.name) for name, value in observation.items()}
        yield from differing(found, expected)


def success_and_mode(subject: TaskSubject) -> Iterator[Finding]:
    """Every info says whether the step was a success, and which mode the episode is in."""
    modes = {None, *range(len(subject.task.modes))}
    for _, info in _walk(subject):
        if not isinstance(info.get("success"), bool):
            yield Finding(f"info['success'] = {info.get('success', 'no such key')!r}", "a bool")
        if "mode" not in info or info["mode"] not in modes or isinstance(info["mode"], bool):
            yield Finding(
                f"info['mode'] = {info.get('mode', 'no such key')!r}", f"one of {sorted(map(str, modes))}"
            )


def used_like_fresh(subject: TaskSubject) -> Iterator[Finding]:
    """What was played before does not show."""
    yield from differing(f"digest {subject.played}", f"digest {play(subject.task, subject.fresh)}")


def another_process(subject: TaskSubject) -> Iterator[Finding]:
    """Another process with another hash seed plays the same bits."""
    yield from differing(f"digest {subject.elsewhere(subject.task)}", f"digest {subject.played}")


def first_and_last_contexts(subject: TaskSubject) -> Iterator[Finding]:
    """The first and the last context of every split can be played."""
    space = observation_space(subject.task.observation)
    for name in subject.task.split_names:
        for index in (0, -1):
            observation, info = subject.reset(3, name, index)
            if not space.contains(observation):
                yield Finding(
                    f"{name}[{index}]: an observation outside the space",
                    "one in the space of the declared fields",
                )
            if info["success"] is not False:
                yield Finding(f"{name}[{index}]: success {info['success']!r} at the start", "False")


def kept_observation(subject: TaskSubject) -> Iterator[Finding]:
    """An observation that was kept stays as it was."""
    rng = np.random.default_rng(0)
    kept, _ = subject.reset()
    before = arrays_digest(kept)
    for _ in range(3):
        subject.env.step(draw(subject.task, rng))
    if arrays_digest(kept) != before:
        yield Finding("other values three steps later", "those of the start")


def kept_state(subject: TaskSubject) -> Iterator[Finding]:
    """A state that was kept stays as it was."""
    subject.reset()
    kept = subject.env.state()
    before = array_digest(kept)
    subject.env.step(draw(subject.task, np.random.default_rng(0)))
    if array_digest(kept) != before:
        yield Finding("other values a step later", "those of the start")


def kept_context(subject: TaskSubject) -> Iterator[Finding]:
    """The context is read, never written: it is shared by all episodes that start there."""
    context = subject.task.contexts("test")[0]
    before = json_digest(context)
    subject.reset(1, "test")
    subject.env.step(draw(subject.task, np.random.default_rng(0)))
    if json_digest(context) != before:
        yield Finding(f"the context {dict(context)} after a step", "the context as it was")


def global_generators(subject: TaskSubject) -> Iterator[Finding]:
    """Neither NumPy's global generator nor Python's is used: their state would then be part of an episode."""
    before = _global_states()
    for _ in _walk(subject):
        pass
    for name, state in _global_states().items():
        if state != before[name]:
            yield Finding(f"{name} was used", "generators made from the seed of reset")


def refuses_no_context(subject: TaskSubject) -> Iterator[Finding]:
    """A reset without a context is refused: an environment never invents its own start."""
    try:
        subject.env.reset(seed=1)
    except ValueError as error:
        if "context" not in str(error):
            yield Finding(f"a message without the word 'context': {error}", "one that asks for a context")
    else:
        yield Finding("an episode", "a ValueError that asks for a context")


def golden_replays(subject: TaskSubject) -> Iterator[Finding]:
    """The golden trajectory replays, up to the rounding of another processor."""
    result = replay_golden(subject.task, subject.fresh)
    if result.verdict == "drifted":
        yield Finding(
            f"other {', '.join(result.parts)} from step {result.step} by {result.difference:.1e}",
            "the recorded checkpoints",
        )


def gymnasium_plays_it(subject: TaskSubject) -> Iterator[Finding]:
    """The environment of the Gymnasium id passes Gymnasium's own check, and resets to the same start."""
    import warnings

    from gymnasium.utils.env_checker import check_env

    env = TaskByIndex(subject.task)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # advice on ranges: a task's units are its own
            check_env(env, skip_render_check=True, skip_close_check=True)
    finally:
        env.close()
    return iter(())


ENVIRONMENT_CHECKS: tuple[Check[TaskSubject], ...] = (
    Check(
        name="observations are the declared fields at every step",
        look=declared_fields,
        remedy="make Task.observation and the environment agree",
    ),
    Check(
        name="every info says success and mode",
        look=success_and_mode,
        remedy="put info['success'] (bool) and info['mode'] (int, or None) into every info, reset's too",
    ),
    Check(
        name="a used environment plays like a fresh one",
        look=used_like_fresh,
        remedy="let reset set everything that an episode depends on",
    ),
    Check(
        name="another process plays the same bits",
        look=another_process,
        remedy="look for sets that are iterated, hash(), threads and clocks",
    ),
    Check(
        name="the first and last context of every split resets",
        look=first_and_last_contexts,
        remedy="write the contexts anew, or mend the environment's reset",
    ),
    Check(
        name="an observation that was kept does not change",
        look=kept_observation,
        remedy="return copies of the simulator's arrays",
    ),
    Check(
        name="a state that was kept does not change",
        look=kept_state,
        remedy="let state() return a copy",
    ),
    Check(
        name="a context is not changed by the episode",
        look=kept_context,
        remedy="copy what reset takes from options['context'] before it is changed",
    ),
    Check(
        name="the global random generators are left alone",
        look=global_generators,
        remedy="draw from self.np_random, or from numpy.random.default_rng(seed)",
    ),
    Check(
        name="a reset without a context is refused",
        look=refuses_no_context,
        remedy="read the context with ilbench.contract.environment.context_from(options)",
    ),
    Check(
        name="the golden trajectory replays",
        look=golden_replays,
        remedy="bump the task's version and record it anew: ilbench author golden TASK",
    ),
    Check(
        name="the Gymnasium id passes Gymnasium's check",
        look=gymnasium_plays_it,
        remedy="mend what Gymnasium names",
    ),
)


def _walk(subject: TaskSubject) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Yields observation and info of the start and of `NUM_STEPS` random steps after it."""
    rng = np.random.default_rng(0)
    yield subject.reset()
    for _ in range(NUM_STEPS):
        observation, _, _, _, info = subject.env.step(draw(subject.task, rng))
        yield observation, info


def _global_states() -> dict[str, str]:
    kind, keys, *rest = np.random.get_state()  # noqa: NPY002 - read, to see that nobody writes it
    return {
        "numpy.random": json_digest(
            [str(kind), array_digest(np.asarray(keys)), [str(part) for part in rest]]
        ),
        "random": json_digest(str(random.getstate())),
    }
