"""Fresh contexts: starts that nobody has seen, drawn as those of ``test`` were, and what a policy does there.

Public test contexts can be learned by heart, or chosen checkpoints by. Whoever did so does worse on contexts
that are drawn afterwards, from a seed that was secret until then.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from ilbench.contract.layouts import Layouts
from ilbench.contract.task import Context, Split, Task
from ilbench.digest import canonical_json, json_digest
from ilbench.errors import ILBenchError
from ilbench.runner.lineup import Lineup, Resources
from ilbench.runner.start import start_scheduler
from ilbench.runs.attestation import FreshFinding, Rate, Verdict
from ilbench.runs.identity import PROTOCOL, Episode, EpisodeId, policy_seed
from ilbench.runs.record import EpisodeRecord
from ilbench.scores.generalization.gaps import generalization_gap
from ilbench.scores.statistics.estimate import Estimate
from ilbench.scores.success import success_rate

PUBLIC = "test"
ERROR_RATE = 0.01
"""How often an honest run is refuted, at most; half of it, since only a loss refutes."""
PRECISE_ENOUGH = 0.2
"""A loss as large as this must have been seen, had there been one: else nothing is confirmed."""

MAX_DRAWS = 50
"""Draws for each context that is wanted, until it is said that there are no more."""


class NoFreshContextsError(ILBenchError):
    """A task of which no contexts can be drawn, or not as many as were asked for."""


def draw_fresh(task: Task, secret: str, count: int) -> tuple[Context, ...]:
    """Returns `count` contexts of a task that no published split has, the same for the same secret.

    On a task that is played on levels, a level that is published under another number is none of them. No two
    are the same, as in ``test``.

    Raises:
        NoFreshContextsError: The task draws none, or too few that are new.
        MissingPackageError: Its simulator is not installed.
    """
    if task.draw_fresh is None:
        raise NoFreshContextsError(
            f"no fresh contexts of {task.id} can be drawn: it declares no draw_fresh, {why_none(task)}"
        )
    draw: Callable[[np.random.Generator], Iterator[Context]] = task.load(task.draw_fresh)
    name = _namer(task)
    seen = {key for split in task.splits if split.of is None for key in name(task.contexts(split.name))}
    drawn = map(_plain, draw(np.random.default_rng(_words(secret, f"contexts|{task.id}"))))
    found: list[Context] = []
    for _ in range(MAX_DRAWS):
        batch = list(islice(drawn, count - len(found)))
        for context, key in zip(batch, name(batch), strict=True):
            if key not in seen:
                seen.add(key)
                found.append(context)
        if len(found) == count:
            return tuple(found)
    raise NoFreshContextsError(
        f"only {len(found)} fresh contexts of {task.id} were found, {count} were asked for: the others that "
        "it draws are published; ask for fewer"
    )


def why_none(task: Task) -> str:
    """Returns why a task draws no fresh contexts, as far as its declaration tells."""
    if task.split(PUBLIC).num_contexts == 1:
        return "and its test split is one single start"
    return "so its test contexts are a list that nobody can add to"


def with_fresh(task: Task, name: str, contexts: Sequence[Context]) -> Task:
    """Returns a task that has fresh contexts as a split of that name."""
    split = Split(name=name, num_contexts=len(contexts), description="Drawn afresh.", drawn=tuple(contexts))
    return replace(task, splits=(*task.splits, split))


def play_fresh(
    task: Task,
    contexts: Sequence[Context],
    secret: str,
    lineup: Lineup,
    resources: Resources,
    on_record: Callable[[EpisodeRecord], object] = lambda record: None,
) -> tuple[EpisodeRecord, ...]:
    """Returns the records of a policy on fresh contexts, an episode each, in their order.

    All that is random follows from the secret: nobody who does not know it can tell an episode.

    Args:
        task: The task.
        contexts: From `draw_fresh`.
        secret: The same.
        lineup: The task's policy, at the width of its run.
        resources: How much of the machine is used.
        on_record: Called with each record.
    """
    name, nonce = f"fresh/{seed_hash(secret)[:16]}", _keyed(secret, "nonce").hex()
    ids = [EpisodeId(task.id, name, index, 0) for index in range(len(contexts))]
    episodes = [Episode(one, policy_seed(one, PROTOCOL, nonce)) for one in ids]
    played: dict[EpisodeId, EpisodeRecord] = {}
    fresh = Lineup(tasks={task.id: with_fresh(task, name, contexts)}, policies=lineup.policies)
    with start_scheduler(fresh, resources, len(episodes)) as scheduler:
        for record, _ in scheduler.run(episodes):
            played[record.id] = record
            on_record(record)
    return tuple(played[one] for one in ids)


def compare_fresh(
    task: str,
    public: Sequence[EpisodeRecord],
    fresh: Sequence[EpisodeRecord],
    contexts: Sequence[Context],
    num_tasks: int = 1,
) -> FreshFinding:
    """Returns whether success on fresh contexts agrees with that on the published ones.

    Both are shares of contexts drawn alike, with repeats on one context counted for what they are
    (`ilbench.scores.statistics.spread`); the interval of their difference is Newcombe's.

    Args:
        task: Id of the task.
        public: The run's records on ``test``.
        fresh: Those on fresh contexts.
        contexts: The fresh contexts.
        num_tasks: Of how many tasks of the run it is asked: the more, the surer one loss has to be.

    Raises:
        EmptyScoreError: One side has no episode to score.
    """
    loss = generalization_gap(public, fresh)
    sure = generalization_gap(public, fresh, confidence=1 - ERROR_RATE / num_tasks).low
    rates = [success_rate(side) for side in (public, fresh)]
    return FreshFinding(
        task=task,
        public=_rate(rates[0]),
        fresh=_rate(rates[1]),
        loss=loss.value,
        low=loss.low,
        high=loss.high,
        sure_loss=sure,
        verdict=_verdict(loss, sure),
        contexts=json_digest([dict(context) for context in contexts]),
        records=json_digest([record.digest() for record in fresh]),
    )


def seed_hash(secret: str) -> str:
    """Returns the SHA-256 of a secret, by which it can be checked once it is told."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _verdict(loss: Estimate, sure_loss: float) -> Verdict:
    if sure_loss > 0:
        return "differs"
    is_seen = loss.low > 0 or loss.value - loss.low > PRECISE_ENOUGH
    return "undecided" if is_seen else "agrees"


def _rate(found: Estimate) -> Rate:
    contexts = found.design.contexts if found.design else 1
    return Rate(
        value=found.value, low=found.low, high=found.high, num_contexts=contexts, num_episodes=found.n
    )


def _namer(task: Task) -> Callable[[Sequence[Context]], list[str]]:
    """Returns what tells contexts apart: levels by their layout, others by all that they say."""
    if task.layouts is not None:
        layouts = task.load(task.layouts)
        if isinstance(layouts, Layouts):
            return lambda contexts: list(layouts.digests(task, contexts))
    return lambda contexts: [canonical_json(_plain(context)) for context in contexts]


def _plain(context: Context) -> Context:
    """Returns a context as it would be read from a file."""
    plain: Context = json.loads(json.dumps(context))
    return plain


def _words(secret: str, purpose: str) -> list[int]:
    digest = _keyed(secret, purpose)
    return [int.from_bytes(digest[at : at + 4], "big") for at in range(0, len(digest), 4)]


def _keyed(secret: str, purpose: str) -> bytes:
    return hmac.digest(secret.encode(), purpose.encode(), "sha256")
