"""Lifting: every form that a policy may have, made into one that serves all lanes."""

from __future__ import annotations

import inspect
from functools import partial
from numbers import Integral
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .answers import MAX_CHUNK
from .faults import describe
from .resets import PolicyFormError, check_runs_at_once, is_told_the_lane, parameters_of, reset_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np

    from .actions import ActionCheck
    from .answers import Answer

    Observations = Mapping[str, np.ndarray[Any, Any]]

EXPECTED = (
    "expected a class or factory whose objects have act(observations) and reset(lane, seed, task), "
    "or act(observation) and optionally reset(seed, task), or a function of one observation without a default"
)


class LanePolicy:
    """A policy that serves all lanes, whatever form it was written in.

    Attributes:
        history: How many of the last observations it wants of each lane, at least 1.
        chunk: How many actions it returns at most, if it says that it returns chunks.
        num_lanes: How many lanes it can serve side by side.
        note: Why these are fewer than were asked for; empty where they are not.
        convention: What it says of its actions (its method ``convention()``, as docs/conventions.md lists the
            keys), None where it says nothing.
    """

    history: int = 1
    chunk: int | None = None
    num_lanes: int = 1
    note: str = ""
    convention: Any = None

    def reset(self, lane: int, seed: int, task: Mapping[str, Any]) -> None:
        """Prepares a lane for a new episode."""
        raise NotImplementedError

    def act(self, observations: Observations, live: Sequence[int], check: ActionCheck) -> Answer:
        """Returns the checked answer of the lanes that are `live`.

        What one lane's own policy raises is that lane's fault. What a policy of all lanes raises goes on its
        way.
        """
        raise NotImplementedError

    def _read(self, policy: Any) -> None:
        """Takes over what a policy says of itself."""
        policy = _speaker(policy)
        self.history = _whole(policy, "history") or 1
        self.chunk = _whole(policy, "chunk")
        tell = getattr(policy, "convention", None)
        self.convention = tell() if callable(tell) else None
        if self.chunk is not None and self.chunk > MAX_CHUNK:
            raise PolicyFormError(
                f"the attribute 'chunk' of {_name(policy)} must be in [1, {MAX_CHUNK}], found {self.chunk}"
            )


class _Batched(LanePolicy):
    """A policy that is written for all lanes at once."""

    def __init__(self, policy: Any, num_lanes: int) -> None:
        self._read(policy)
        self.num_lanes = num_lanes
        self._act = getattr(policy, "act", policy)
        self._reset = _reset(policy)

    def reset(self, lane: int, seed: int, task: Mapping[str, Any]) -> None:
        self._reset({"lane": lane, "seed": seed, "task": task})

    def act(self, observations: Observations, live: Sequence[int], check: ActionCheck) -> Answer:
        # Copies, since a policy may keep what it saw while the harness writes the next observation.
        returned = self._act({name: values.copy() for name, values in observations.items()})
        return check.batch(returned, live, self.chunk)


class _Single(LanePolicy):
    """One policy a lane, each written for one episode at a time.

    Args:
        policies: One a lane; a function that keeps nothing may stand in all of them.
        make: Makes another one, in the place of one that has raised; None where there is only what there is.
    """

    def __init__(self, policies: Sequence[Any], make: Callable[[], Any] | None = None) -> None:
        self._read(policies[0])
        self.num_lanes = len(policies)
        self._make = make
        self._act = [getattr(policy, "act", policy) for policy in policies]
        self._reset = [_reset(policy) for policy in policies]
        self._broken: set[int] = set()

    def reset(self, lane: int, seed: int, task: Mapping[str, Any]) -> None:
        if lane in self._broken and self._make is not None:
            policy = self._make()
            self._act[lane] = getattr(policy, "act", policy)
            self._reset[lane] = _reset(policy)
            self._broken.discard(lane)
        try:
            self._reset[lane]({"seed": seed, "task": task})
        except BaseException:  # what ends a program too: whatever it was, the policy is made anew
            self._broken.add(lane)
            raise

    def act(self, observations: Observations, live: Sequence[int], check: ActionCheck) -> Answer:
        def ask(lane: int) -> Any:
            one = {name: values[lane].copy() for name, values in observations.items()}
            try:
                return self._act[lane](one)
            except BaseException:  # as above
                self._broken.add(lane)
                raise

        return check.each(live, ask, self.chunk)


def lift(
    entry: Any, width: int, arguments: Mapping[str, Any] | None = None, *, num_lanes: int | None = None
) -> LanePolicy:
    """Returns the policy that an entry point leads to: freshly made, or the entry point itself.

    What is one object, and written for one episode at a time, is played in one lane: its state is that of one
    episode. So is what a factory returns again and again.

    Args:
        entry: A class, a factory, a function of one observation, or an object.
        width: Rows of every call of a policy that is written for all lanes at once.
        arguments: Keyword arguments of the class, factory or function.
        num_lanes: How many lanes are played, so that a policy written for one episode at a time is made once
            for each; `width` of them if not given.

    Raises:
        PolicyFormError: The entry point leads to nothing that acts, or to a policy of another width.
    """
    arguments, num_lanes = arguments or {}, num_lanes or width
    if not callable(entry) and not hasattr(entry, "act"):
        raise PolicyFormError(f"the entry point is a {type(entry).__name__}; {EXPECTED}")
    if is_policy(entry, arguments):
        return _lifted([_with_arguments(entry, arguments) if arguments else entry], width, num_lanes)
    make = partial(entry, **arguments)
    check_runs_at_once(entry, "the entry point")
    first = _made(make)
    if num_lanes == 1 or is_told_the_lane(_speaker(first)):
        return _lifted([first], width, num_lanes, make)
    return _lifted([first, *(make() for _ in range(num_lanes - 1))], width, num_lanes, make)


def why_not(error: BaseException) -> str:
    """Returns why a policy could not be loaded, or failed: our own words, or what it raised and where."""
    return str(error) if isinstance(error, PolicyFormError) else describe(error)


def is_policy(entry: Any, arguments: Mapping[str, Any] | None = None) -> bool:
    """Returns whether an entry point is a policy itself, and not a class or factory that makes one.

    Args:
        entry: See `lift`.
        arguments: What a function is given besides its observation.
    """
    if inspect.isclass(entry):
        return False
    if hasattr(entry, "act"):
        return True
    given = arguments or {}
    listed = [p for p in parameters_of(entry) or () if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    needed = [p for p in listed if p.default is p.empty and p.name not in given]
    return len(needed) == 1 and needed[0].kind is not inspect.Parameter.KEYWORD_ONLY


def _lifted(
    policies: Sequence[Any], width: int, num_lanes: int, make: Callable[[], Any] | None = None
) -> LanePolicy:
    """Returns as one of all lanes what was made for so many lanes, or the only one that there is."""
    first = policies[0]
    _check_acts(first)
    if is_told_the_lane(_speaker(first)):
        _check_width(_speaker(first), width)
        return _Batched(first, num_lanes)
    if make is not None and len({id(_speaker(policy)) for policy in policies}) == num_lanes:
        return _Single(policies, make)
    if _keeps_nothing(first):
        return _Single([first] * num_lanes)
    lifted = _Single([first])
    if num_lanes > 1:
        what = "the entry point is" if make is None else "the factory returns again and again"
        lifted.note = (
            f"{what} one and the same object, {_name(first)}, which all lanes would have shared: it is "
            f"played in one lane instead of {num_lanes}, so that records are the same; to play more, name a "
            "class, or a factory that makes a new one each time"
        )
    return lifted


def _with_arguments(function: Any, arguments: Mapping[str, Any]) -> Any:
    """Returns a function that needs nothing but its observation any more."""
    if not inspect.isroutine(_core(function)):
        raise PolicyFormError(
            f"the entry point is an object, {_name(function)}, and takes no arguments; name its class"
        )
    bound = partial(function, **arguments)
    bound.__dict__.update(vars(function))  # such as its history
    return bound


def _made(make: partial[Any]) -> Any:
    """Returns what a class or factory makes."""
    try:
        return make()
    except TypeError as error:
        takes_any = any(p.kind is p.VAR_POSITIONAL for p in parameters_of(make) or ())
        if takes_any and not inspect.isclass(make.func):
            raise PolicyFormError(
                f"the entry point takes any arguments, so it was called as a factory, without any: {error}; "
                "a function of one observation behind a decorator needs functools.wraps there"
            ) from error
        raise


def _check_acts(policy: Any) -> None:
    act = getattr(policy, "act", policy)
    if inspect.isclass(policy) or not callable(act):
        raise PolicyFormError(f"{_name(policy)} has no method act and is no function; {EXPECTED}")
    check_runs_at_once(act, "act" if hasattr(policy, "act") else "the policy")


def _check_width(policy: Any, width: int) -> None:
    own = _whole(policy, "width") or width
    if own != width:
        raise PolicyFormError(
            f"{_name(policy)} has the width {own}, and is asked to act on {width} rows a call; "
            f"say width = {own} where the policy is named, or leave the attribute out"
        )


def _whole(policy: Any, name: str) -> int | None:
    """Returns a whole number that a policy has as an attribute; an attribute of another kind says nothing."""
    value = getattr(policy, name, None)
    if not isinstance(value, Integral) or isinstance(value, bool):
        return None
    if value < 1:
        raise PolicyFormError(f"the attribute {name!r} of {_name(policy)} must be at least 1, found {value}")
    return int(value)


def _core(policy: Any) -> Any:
    """Returns what is called in the end."""
    while isinstance(policy, partial):
        policy = policy.func
    return policy


def _owner(policy: Any) -> Any:
    """Returns the object that a method is bound to; None for what is no method of an object."""
    owner = getattr(_core(policy), "__self__", None)
    return None if inspect.isclass(owner) or isinstance(owner, ModuleType) else owner


def _speaker(policy: Any) -> Any:
    """Returns whose reset and attributes count: the policy's own, or of a method those of its object."""
    owner = _owner(policy)
    return policy if owner is None else owner


def _reset(policy: Any) -> Callable[[Mapping[str, Any]], None]:
    return reset_of(_speaker(policy), _name(policy))


def _keeps_nothing(policy: Any) -> bool:
    """Returns whether a policy is a mere function: it has nothing to reset, so that lanes may share it."""
    core = _core(policy)
    resets = hasattr(policy, "reset") or hasattr(core, "reset")
    return inspect.isroutine(core) and _owner(core) is None and not resets


def _name(policy: Any) -> str:
    return repr(getattr(policy, "__qualname__", type(policy).__name__))
