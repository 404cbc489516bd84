"""How a policy's ``reset`` is called: it is given whatever of lane, seed and task its signature can take."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Reset = Callable[[Mapping[str, Any]], None]

KNOWN = ("lane", "seed", "task")
EXPECTED = (
    "expected reset(lane, seed, task) of a policy for all lanes, and reset(seed, task) or less of one for a "
    "single episode; what else it takes needs a default"
)


class PolicyFormError(Exception):
    """A policy that has none of the forms that can be lifted."""


def parameters_of(function: Any) -> Sequence[inspect.Parameter] | None:
    """Returns the parameters of something callable; None where they cannot be read."""
    try:
        return tuple(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return None


def is_told_the_lane(policy: Any) -> bool:
    """Returns whether a policy is written for all lanes at once: its `reset` has a parameter for the lane."""
    reset = getattr(policy, "reset", None)
    return callable(reset) and "lane" in map(_meaning, parameters_of(reset) or ())


def check_runs_at_once(function: Any, name: str) -> None:
    """Checks that a call does the work, and does not return something that would do it.

    Raises:
        PolicyFormError: It is an ``async`` function, or a generator.
    """
    for one in (function, getattr(function, "__call__", None)):  # noqa: B004 - the method is looked at
        if inspect.iscoroutinefunction(one) or inspect.isasyncgenfunction(one):
            raise PolicyFormError(f"{name} is async, and is not awaited; write a plain function")
        if inspect.isgeneratorfunction(one):
            raise PolicyFormError(f"{name} is a generator, for it has a yield; write a plain function")


def reset_of(policy: Any, name: str) -> Reset:
    """Returns what resets a policy, given lane, seed and task by name; nothing happens where it has no reset.

    Parameters are known by their names, underscores before them aside. One with a default is given its value
    too, ``**kwargs`` all that has no parameter of its own, and ``*args`` alone seed and task in this order.

    Args:
        policy: The policy.
        name: What it is called in an error.

    Raises:
        PolicyFormError: Its reset needs something else, cannot be looked into, or is no plain function.
    """
    reset = getattr(policy, "reset", None)
    if reset is None:
        return lambda given: None
    parameters = parameters_of(reset) if callable(reset) else None
    if parameters is None:
        raise PolicyFormError(f"the parameters of reset of {name} cannot be read; {EXPECTED}")
    check_runs_at_once(reset, f"reset of {name}")
    arguments = _Arguments(parameters, name)

    def call(given: Mapping[str, Any]) -> None:
        outcome = reset(*arguments.positional(given), **arguments.named(given))
        if inspect.isawaitable(outcome) or inspect.isgenerator(outcome):
            raise TypeError(f"reset returned a {type(outcome).__name__}: nothing of it has run yet")

    return call


class _Arguments:
    """Which of lane, seed and task go where."""

    def __init__(self, parameters: Sequence[inspect.Parameter], name: str) -> None:
        listed = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        for p in listed:
            if p.default is p.empty and _meaning(p) is None:
                raise PolicyFormError(f"reset of {name} has the parameter {p.name!r}; {EXPECTED}")
        by_place = [p for p in listed if p.kind is p.POSITIONAL_ONLY]
        while by_place and _meaning(by_place[-1]) is None:
            del by_place[-1]
        self._by_place = by_place
        self._by_name = [p for p in listed if p.kind is not p.POSITIONAL_ONLY and _meaning(p)]
        kinds = {p.kind for p in parameters}
        self._takes_all = inspect.Parameter.VAR_KEYWORD in kinds
        self._takes_any = inspect.Parameter.VAR_POSITIONAL in kinds and not self._takes_all and not listed

    def positional(self, given: Mapping[str, Any]) -> list[Any]:
        if self._takes_any:
            return [given[name] for name in KNOWN if name in given]
        return [given.get(_meaning(p) or "", p.default) for p in self._by_place]

    def named(self, given: Mapping[str, Any]) -> dict[str, Any]:
        arguments = {p.name: given[_meaning(p) or ""] for p in self._by_name}
        if self._takes_all:
            told = {_meaning(p) for p in (*self._by_place, *self._by_name)}
            arguments.update({name: value for name, value in given.items() if name not in told})
        return arguments


def _meaning(parameter: inspect.Parameter) -> str | None:
    """Returns which of lane, seed and task a parameter stands for; None if it is something else."""
    name = parameter.name.lstrip("_")
    named = parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    return name if named and name in KNOWN else None
