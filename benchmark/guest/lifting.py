"""Lifting: every form that a policy may have, made into one that serves all lanes."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Observations = Mapping[str, np.ndarray[Any, Any]]

EXPECTED = (
    "expected a class or factory whose objects have act(observations) and reset(lane, seed, task), "
    "or act(observation) and optionally reset(seed, task), or a function of one observation"
)


class PolicyFormError(Exception):
    """A policy that has none of the forms that can be lifted."""


class LanePolicy:
    """A policy that serves all lanes, whatever form it was written in.

    Attributes:
        history: How many of the last observations it wants of each lane, at least 1.
    """

    history: int = 1

    def reset(self, lane: int, seed: int, task: Mapping[str, Any]) -> None:
        """Prepares a lane for a new episode."""
        raise NotImplementedError

    def act(self, observations: Observations, live: Sequence[int]) -> np.ndarray[Any, Any]:
        """Returns the actions of all lanes; rows of lanes that are not `live` mean nothing."""
        raise NotImplementedError


class _Batched(LanePolicy):
    """A policy that is written for all lanes at once."""

    def __init__(self, policy: Any) -> None:
        self._policy = policy
        self.reset = policy.reset  # type: ignore[method-assign]  # no call in between on the hot path
        self.history = int(getattr(policy, "history", 1))

    def act(self, observations: Observations, live: Sequence[int]) -> np.ndarray[Any, Any]:
        # Copies, since a policy may keep what it saw while the harness writes the next observation.
        actions: np.ndarray[Any, Any] = self._policy.act({k: v.copy() for k, v in observations.items()})
        return actions


class _Single(LanePolicy):
    """One policy a lane, each written for one episode at a time."""

    def __init__(self, policies: Sequence[Any], width: int) -> None:
        self._act = [getattr(policy, "act", policy) for policy in policies]
        self._reset = [_reset_function(policy) for policy in policies]
        self._width = width
        self.history = int(getattr(policies[0], "history", 1))

    def reset(self, lane: int, seed: int, task: Mapping[str, Any]) -> None:
        self._reset[lane](seed, task)

    def act(self, observations: Observations, live: Sequence[int]) -> np.ndarray[Any, Any]:
        rows = []
        for lane in live:
            one = {name: values[lane].copy() for name, values in observations.items()}
            rows.append(np.asarray(self._act[lane](one)))
        stacked = np.stack(rows)
        actions = np.zeros((self._width, *stacked.shape[1:]), stacked.dtype)
        actions[list(live)] = stacked
        return actions


def lift(
    entry: Any, width: int, arguments: Mapping[str, Any] | None = None, *, num_lanes: int | None = None
) -> LanePolicy:
    """Returns the policy that an entry point leads to, freshly made.

    Args:
        entry: A class, a factory function, or a function of one observation.
        width: Rows of every call of a policy that is written for all lanes at once.
        arguments: Keyword arguments of the class or factory.
        num_lanes: How many lanes are played, so that a policy written for one episode at a time is made once
            for each; `width` of them if not given.

    Raises:
        PolicyFormError: The entry point leads to nothing that acts, or to a policy of another width.
    """
    arguments, num_lanes = arguments or {}, num_lanes or width
    if not callable(entry):
        raise PolicyFormError(f"the entry point is a {type(entry).__name__}; {EXPECTED}")
    if not inspect.isclass(entry) and not arguments and _num_required(entry) == 1:
        return _Single([entry] * num_lanes, width)
    policy = entry(**arguments)
    if is_batched(policy):
        return lift_object(policy, width)
    _check_acts(policy)
    return _Single([policy, *(entry(**arguments) for _ in range(num_lanes - 1))], width)


def lift_object(policy: Any, width: int) -> LanePolicy:
    """Returns the policy that is this very object, nothing copied: one for single episodes has one lane.

    Raises:
        PolicyFormError: The object does not act, or has another width.
    """
    _check_acts(policy)
    if not is_batched(policy):
        return _Single([policy], width)
    own = getattr(policy, "width", width)
    if own != width:
        raise PolicyFormError(
            f"{type(policy).__name__!r} has the width {own}, and is asked to act on {width} rows a call; "
            f"say width = {own} where the policy is named, or leave the attribute out"
        )
    return _Batched(policy)


def is_batched(policy: Any) -> bool:
    """Returns whether a policy is written for all lanes at once: its `reset` is told the lane."""
    return "lane" in _parameters(getattr(policy, "reset", None))


def _check_acts(policy: Any) -> None:
    if not callable(getattr(policy, "act", policy)):
        raise PolicyFormError(f"{type(policy).__name__!r} has no method act and is no function; {EXPECTED}")


def _reset_function(policy: Any) -> Callable[[int, Mapping[str, Any]], object]:
    """Returns ``reset(seed, task)`` for a policy that takes both, one, or has none."""
    reset = getattr(policy, "reset", None)
    names = _parameters(reset)
    if reset is None:
        return lambda seed, task: None
    if unknown := [name for name in names if name not in ("seed", "task")]:
        raise PolicyFormError(
            f"reset of {type(policy).__name__!r} has the parameter {unknown[0]!r}; "
            "expected reset(lane, seed, task), reset(seed, task), reset(seed) or reset()"
        )
    return lambda seed, task: reset(**{name: {"seed": seed, "task": task}[name] for name in names})


def _parameters(function: Any) -> tuple[str, ...]:
    """Returns the names of the parameters that have to be given."""
    if function is None:
        return ()
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return ()
    return tuple(
        p.name
        for p in parameters
        if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY) and p.default is p.empty
    )


def _num_required(function: Any) -> int:
    return len(_parameters(function))
