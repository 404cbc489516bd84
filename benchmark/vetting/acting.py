"""What a policy does on a task: whether it loads, acts, stays within bounds, repeats itself, and how fast."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.contract.convention import ConventionMismatchError
from ilbench.contract.policy_spec import PolicySpec
from ilbench.contract.task import Task
from ilbench.errors import InvalidSubmissionError, MissingPackageError
from ilbench.runner.faults import PolicyFault
from ilbench.runner.lane import EnvFaultError
from ilbench.runner.lineup import DEFAULT_LANES
from ilbench.runs.plan import make_plan, num_planned
from ilbench.vetting.finding import Finding, doubtful, fine, wrong
from ilbench.vetting.rehearsal import Patience, Rehearsal, rehearse
from ilbench.vetting.stage import Stage, Tell

if TYPE_CHECKING:
    from numpy.typing import NDArray

MUCH_CLIPPED = 0.05
"""Share of entries beyond the limits from which on it is more than an accident."""
LONG_H = 24.0
SEEDED = "draw all that is random from the seed of reset, and forget everything there"
SLOW = "use --workers on more cores, a larger width, or chunks of actions"
MEND = "mend what the policy's own error names"
FORMS = "return one of the forms in docs/policies.md, of finite numbers"


def check_acting(
    spec: PolicySpec, task: Task, num_workers: int, patience: Patience, tell: Tell = lambda text: None
) -> Iterator[Finding]:
    """Yields the findings of a policy on a task; none after one that leaves nothing to look at.

    Args:
        spec: The policy.
        task: The task.
        num_workers: Of the run whose length is estimated.
        patience: How long it may take.
        tell: Called with what goes on.
    """
    num_lanes = min(DEFAULT_LANES, spec.width)
    with Stage(task, num_lanes, tell) as stage:
        for finding in _findings(spec, stage, num_lanes, num_workers, patience):
            yield replace(finding, task=task.id)


def _findings(
    spec: PolicySpec, stage: Stage, num_lanes: int, num_workers: int, patience: Patience
) -> Iterator[Finding]:
    task = stage.task
    try:
        first = rehearse(spec, stage, range(num_lanes), num_lanes, patience)
        again = rehearse(spec, stage, range(num_lanes), num_lanes, patience)
        last = max(first.actions)
        alone = rehearse(spec, stage, [last], 1, patience)
    except ConventionMismatchError as error:
        for one in error.differences:
            yield wrong("convention", f"{one.key}: task {one.task}, policy {one.submission}", one.remedy)
    except InvalidSubmissionError as error:
        yield wrong("mapping" if "mapping" in str(error) else "load", str(error), MEND)
    except PolicyFault as fault:
        remedy = FORMS if fault.status == "invalid_action" else MEND
        yield wrong("act", f"{fault.status}: {fault.reason}", remedy)
    except (EnvFaultError, MissingPackageError) as error:
        yield wrong("environment", str(error), "mend the task's environment: ilbench doctor")
    else:
        yield _load(first)
        if "mapping" in spec.arguments:
            yield fine("mapping", "each input of the model has its field")
        yield _actions(first, task)
        yield _bounds(first, task)
        repeated = _repeats(first, again)
        yield repeated
        if len(first.actions) > 1 and repeated.verdict == "ok":
            yield _is_alone_the_same(first.actions[last], alone.actions[last], len(first.actions))
        yield _latency(first)
        yield _duration(first, task, num_workers)


def _load(seen: Rehearsal) -> Finding:
    memory = "" if seen.memory_bytes is None else f", {seen.memory_bytes / (1 << 20):.0f} MiB at most"
    found = f"{seen.load_s:.2f} s{memory}"
    if seen.note:
        return doubtful("load", f"{found}; {seen.note}", "name a class or a factory")
    return fine("load", found)


def _actions(seen: Rehearsal, task: Task) -> Finding:
    action = task.action
    what = f"one of {action.num_actions}" if action.num_actions else f"{action.dtype} {action.shape}"
    chunk = "one a call" if seen.chunk == 1 else f"chunks of up to {seen.chunk}"
    return fine("act", f"{what}, {chunk}, history {seen.history}")


def _bounds(seen: Rehearsal, task: Task) -> Finding:
    if not seen.num_entries:
        return fine("bounds", "the task clips nothing")
    share = seen.num_clipped / seen.num_entries
    limits = f"[{task.action.low:g}, {task.action.high:g}]"
    found = f"{share:.1%} of {seen.num_entries} entries are clipped to {limits}"
    if share > MUCH_CLIPPED:
        return doubtful(
            "bounds", found, "scale the actions as the task's convention says: docs/conventions.md"
        )
    return fine("bounds", found)


def _repeats(first: Rehearsal, again: Rehearsal) -> Finding:
    for index, actions in first.actions.items():
        step = _first_difference(actions, again.actions[index])
        if step is not None:
            found = f"the same seed gave other actions, first at step {step}"
            return wrong("determinism", found, SEEDED)
    return fine("determinism", f"{len(first.actions)} episodes twice: the same actions")


def _is_alone_the_same(together: NDArray[Any], alone: NDArray[Any], num_lanes: int) -> Finding:
    others = "one other" if num_lanes == 2 else f"{num_lanes - 1} others"
    who, step = f"an episode alone and beside {others}", _first_difference(together, alone)
    if step is None:
        return fine("lanes", f"{who}: the same actions")
    remedy = "let no row of a batch depend on others: a network in evaluation mode, a random generator a lane"
    return wrong("lanes", f"{who}: other actions, first at step {step}", remedy)


def _first_difference(one: NDArray[Any], other: NDArray[Any]) -> int | None:
    """Returns the first step at which two sequences differ, as far as both go; None where they do not."""
    length = min(len(one), len(other))
    differs = (one[:length] != other[:length]).reshape(length, -1).any(axis=1)
    return int(np.argmax(differs)) if differs.any() else None


def _latency(seen: Rehearsal) -> Finding:
    later = np.array(seen.call_s[1:] or seen.call_s) * 1e3
    found = (
        f"{np.median(later):.3g} ms a call of {len(seen.actions)} lanes, 99th percentile "
        f"{np.percentile(later, 99):.3g} ms, the first {seen.call_s[0] * 1e3:.3g} ms"
    )
    return fine("latency", found)


def _duration(seen: Rehearsal, task: Task, num_workers: int) -> Finding:
    episodes = num_planned(make_plan((task,), splits=("train", "test"), preset="full"))
    hours = episodes * task.horizon * seen.step_s / num_workers / 3600
    found = f"{episodes} episodes take at most {_time(hours)} with {num_workers} workers"
    return doubtful("full preset", found, SLOW) if hours > LONG_H else fine("full preset", found)


def _time(hours: float) -> str:
    if hours >= 1:
        return f"{hours:.1f} h"
    return f"{hours * 60:.1f} min" if hours >= 1 / 60 else f"{hours * 3600:.1f} s"
