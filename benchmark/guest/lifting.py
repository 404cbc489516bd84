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

    def __init__(self, policies: Sequence[Any]) -> None:
        self._act = [getattr(policy, "act", policy) for policy in policies]
        self._reset = [_reset_function(policy) for policy in policies]
        self.history = int(getattr(policies[0], "history", 1))

    def reset(self, lane: int, seed: int, task: Mapping[str, Any]) -> None:
        self._reset[lane](seed, task)

    def act(self, observations: Observations, live: Sequence[int]) -> np.ndarray[Any, Any]:
        width = len(self._act)
        actions: list[Any] = [None] * width
        for lane in live:
            one = {name: values[lane].copy() for name, values in observations.items()}
            actions[lane] = np.asarray(self._act[lane](one))
        idle = np.zeros_like(actions[live[0]])
        return np.stack([idle if action is None else action for action in actions])


def lift(entry: Any, width: int, arguments: Mapping[str, Any] | None = None) -> LanePolicy:
    """Returns the policy that an entry point leads to, serving `width` lanes.

    Args:
        entry: A class, a factory function, or a function of one observation.
        width: Number of lanes.
        arguments: Keyword arguments of the class or factory.

    Raises:
        PolicyFormError: The entry point leads to nothing that acts.
    """
    arguments = arguments or {}
    if not callable(entry):
        raise PolicyFormError(f"the entry point is a {type(entry).__name__}; {EXPECTED}")
    if not inspect.isclass(entry) and not arguments and _num_required(entry) == 1:
        return _Single([entry] * width)
    policy = entry(**arguments)
    if not callable(getattr(policy, "act", policy)):
        raise PolicyFormError(f"{type(policy).__name__!r} has no method act and is no function; {EXPECTED}")
    if "lane" in _parameters(getattr(policy, "reset", None)):
        return _Batched(policy)
    return _Single([policy, *(entry(**arguments) for _ in range(width - 1))])


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
