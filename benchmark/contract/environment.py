"""The contract of a task's environment, and the parts that environments share.

An environment is an `Environment`: a `gymnasium.Env` with a `state`, though nothing asks for the base class.
Observations have one entry a `Field` of the task, and

- ``reset(seed=…, options={"context": context})`` determines the whole episode, bit for bit, in any
  process and whatever was played before; the context is a value from `Task.contexts`, not an index;
- ``step`` returns the observation *after* the action;
- ``info["success"]`` is a `bool` in every ``info`` (of `reset` too), ``info["mode"]`` an `int` once the
  episode's behavior mode is decided, else None;
- ``state()`` returns the simulator's full state as one array: what `ilbench doctor` compares;
- the horizon belongs to the task and is applied by the runner: the environment itself truncates only
  where the original does so for a reason of its own.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, SupportsFloat, runtime_checkable

import gymnasium as gym
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.fields import Field


class Shape(NamedTuple):
    """Something seen from above: corners in m, in order, and a color (red, green, blue, opacity)."""

    outline: Sequence[tuple[float, float]]
    color: tuple[float, float, float, float]


class Environment(Protocol):
    """What the harness asks of a task's environment; the module's docstring says what it promises.

    Structural: any `gymnasium.Env` that has a `state` too is one. Spaces, ``spec`` and generators are not
    asked for: what an observation and an action are is declared by the task.
    """

    @property
    def metadata(self) -> Mapping[str, Any]:
        """``"render_modes"``: an environment that can be filmed names ``"rgb_array"`` there."""

    @property
    def unwrapped(self) -> Any:
        """The innermost environment, of a class that only the task's own expert knows."""

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Mapping[str, NDArray[Any]], dict[str, Any]]:
        """Starts the episode of ``options["context"]`` and returns observation and info.

        Raises:
            ValueError: There is no context in the options.
        """

    def step(
        self, action: Any
    ) -> tuple[Mapping[str, NDArray[Any]], SupportsFloat, bool, bool, dict[str, Any]]:
        """Returns observation, reward, terminated, truncated and info after one control step.

        Args:
            action: An array of the task's `ActionField`, inside its limits; an `int` where actions are
                choices.
        """

    def state(self) -> NDArray[Any]:
        """Returns the full state of the simulator as one array (not a view), of any shape and dtype."""

    def render(self) -> Any:
        """Returns a picture (height, width, 3), uint8, if made with ``render_mode="rgb_array"``."""

    def close(self) -> None:
        """Frees what the environment holds; nothing is called after it."""


@runtime_checkable
class SeenFromAbove(Protocol):
    """An environment that can be drawn as a plan, for figures. Most cannot, and need not."""

    def plan_view(self) -> Sequence[Shape]:
        """Returns what stands in the scene now, seen from above; the lowest first."""


def lacking(env: object) -> tuple[str, ...]:
    """Returns the names of `Environment` that an object has not, in the order of the protocol.

    >>> lacking(gym.Env())
    ('state',)
    """
    names = ("metadata", "unwrapped", "reset", "step", "state", "render", "close")
    return tuple(name for name in names if not hasattr(env, name))


class TaskEnv(gym.Env[dict[str, "NDArray[Any]"], Any]):
    """The base class of this project's environments; others need only keep the contract."""

    def state(self) -> NDArray[Any]:
        """Returns the full state of the simulator as one array (not a view)."""
        raise NotImplementedError

    def plan_view(self) -> Sequence[Shape]:
        """Returns what stands in the scene now, seen from above, for figures; the lowest first."""
        return ()


def context_from(options: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Returns the context, a value from `Task.contexts`, that `reset` was given.

    Raises:
        ValueError: `options` holds none. An environment never invents its own start.
    """
    if not options or "context" not in options:
        raise ValueError('reset needs options={"context": ...} with a value from Task.contexts(split)')
    context: Mapping[str, Any] = options["context"]
    return context


def observation_space(fields: tuple[Field, ...]) -> gym.Space[dict[str, NDArray[Any]]]:
    """Returns the space of a task's declared fields: full range for integers, unbounded for floats."""
    space: gym.Space[Any] = gym.spaces.Dict({f.name: _box(f) for f in fields})
    return space


def _box(f: Field) -> gym.spaces.Box:
    dtype = np.dtype(f.dtype)
    if dtype.kind == "f":
        return gym.spaces.Box(-np.inf, np.inf, f.shape, dtype.type)
    limits = np.iinfo(dtype)
    return gym.spaces.Box(int(limits.min), int(limits.max), f.shape, dtype.type)


@contextlib.contextmanager
def silenced() -> Iterator[None]:
    """Sends standard output and error of a chatty import or constructor to nowhere."""
    with (
        open(os.devnull, "w", encoding="utf-8") as null,  # noqa: PTH123 - os.devnull is no user's path
        contextlib.redirect_stdout(null),
        contextlib.redirect_stderr(null),
    ):
        yield
