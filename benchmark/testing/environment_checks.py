"""What an environment promises: `ilbench.contract.environment`, each sentence of it tried."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ilbench.checks.golden import replay_golden
from ilbench.contract.environment import observation_space
from ilbench.contract.outcome import shown
from ilbench.digest import array_digest, arrays_digest, json_digest
from ilbench.runs.identity import EpisodeId
from ilbench.testing.contract import Check, Finding, differing
from ilbench.testing.recital import recite, shows_the_same
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

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # advice on ranges: a task's units are its own
        check_env(subject.by_index, skip_render_check=True, skip_close_check=True)
    return iter(())


def gymnasium_plays_a_run(subject: TaskSubject) -> Iterator[Finding]:
    """The Gymnasium id plays what a lane of a run plays: the same observations, return, end and outcome."""
    short = replace(subject.task, horizon=min(NUM_STEPS, subject.task.horizon))
    episode, rng = EpisodeId(short.id, "test", 0, 0), np.random.default_rng(2)
    actions = [draw(short, rng) for _ in range(short.horizon)]
    played = recite(short, subject.env, episode, actions)
    env, record, total, num_seen = subject.by_index, played.record, 0.0, len(played.observations)
    observation, info = env.reset(seed=episode.seed("environment"), options={"split": "test", "context": 0})
    for step, (action, seen) in enumerate(zip(actions, played.observations, strict=False)):
        if not shows_the_same(observation, seen):
            yield Finding(f"another observation before action {step}", "what a policy sees in a run")
        observation, reward, terminated, truncated, info = env.step(action)
        total += reward
        if (terminated or truncated) and step + 1 < num_seen:
            yield Finding(f"an end after {step + 1} steps", f"one after {record.length}, as in a run")
            return
    yield from differing(
        ("ok", total, info["success"], info["mode"], terminated),
        (record.status, record.episode_return, record.success, record.mode, record.terminated),
    )


def rewards_are_numbers(subject: TaskSubject) -> Iterator[Finding]:
    """Every reward is a finite number and both ends are `bool`s: what a record holds."""
    rng = np.random.default_rng(0)
    subject.reset()
    for _ in range(NUM_STEPS):
        _, reward, terminated, truncated, _ = subject.env.step(draw(subject.task, rng))
        if not isinstance(reward, float | int) or not np.isfinite(reward):
            yield Finding(f"the reward {shown(reward)}", "a finite float")
        for name, value in (("terminated", terminated), ("truncated", truncated)):
            if not isinstance(value, bool):
                yield Finding(f"{name} = {shown(value)}", "a bool")


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
        name="every reward is a finite number and every end a bool",
        look=rewards_are_numbers,
        remedy="return float(reward) and bool(terminated) from step, and mend what makes it infinite or NaN",
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
    Check(
        name="the Gymnasium id plays what a run plays",
        look=gymnasium_plays_a_run,
        remedy="let reset and step depend on seed, context and actions alone; else report it as our fault",
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
