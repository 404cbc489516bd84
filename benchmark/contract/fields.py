"""Fields: the named arrays that a policy sees, and the action that it returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ilbench.contract.convention import Convention
from ilbench.errors import InvalidTaskError

if TYPE_CHECKING:
    import gymnasium as gym
    import numpy as np
    from numpy.typing import NDArray

    from ilbench.contract.description import ActionDescription, FieldDescription


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One named array of an observation.

    Attributes:
        name: Key in the observation dictionary.
        shape: Shape of one observation, without the lane axis.
        dtype: NumPy dtype name.
        unit: Unit of the values, ``"1"`` for pure numbers.
        description: What the array holds, in one sentence.
        components: A name for each entry of a vector, in order; empty for images and grids.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str = "float32"
    unit: str = "1"
    description: str = ""
    components: tuple[str, ...] = ()

    def describe(self) -> FieldDescription:
        """Returns what a policy is told about it."""
        return {
            "shape": list(self.shape),
            "dtype": self.dtype,
            "unit": self.unit,
            "components": list(self.components),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionField:
    """What a policy returns for one episode and step, and all that is drawn from it or done to it.

    Either continuous (``num_actions is None``; float32 of `shape`) or discrete (an int64 in
    ``[0, num_actions)``, `shape` is ``()``). Continuous actions outside ``[low, high]`` are clipped by the
    runner before the environment sees them; without bounds nothing is clipped. A discrete action out
    of range, a NaN or an infinity is an invalid action and ends the episode as a failure.

    Attributes:
        shape: Shape of one action.
        low: Least value of every entry; None for no limit.
        high: Largest value of every entry; None for no limit.
        num_actions: How many discrete actions there are; None for continuous ones.
        unit: Unit of the values, ``"1"`` for pure numbers.
        description: What an action does, in one sentence.
        components: A name for each entry, in order.
        scale: Of actions without limits, the half-width of the range that random ones are drawn from.
        reach: Of actions without limits, a size that entries of demonstrations stay below, as measured: where
            Gaussian noise was executed, over the demonstrations looked at, not by proof. A learner whose
            output is squashed into it loses what lies beyond.
        convention: What the numbers mean, rate and clipping aside, which the task knows; None where the
            author says nothing of it. It is told and compared, and no part of a task's spec digest.
    """

    shape: tuple[int, ...] = ()
    low: float | None = None
    high: float | None = None
    num_actions: int | None = None
    unit: str = "1"
    description: str = ""
    components: tuple[str, ...] = ()
    scale: float = 1.0
    reach: float | None = None
    convention: Convention | None = None

    def __post_init__(self) -> None:
        if (self.low is None) != (self.high is None):
            raise InvalidTaskError(
                f"an action has two limits or none, found low {self.low} and high {self.high}; give both"
            )
        if self.convention is not None and (self.convention.kind == "discrete") == (self.num_actions is None):
            raise InvalidTaskError(
                "an action has a number of choices and a discrete convention or neither, found num_actions "
                f"{self.num_actions} and a convention of the kind {self.convention.kind!r}"
            )

    @property
    def dtype(self) -> str:
        """The NumPy dtype name that the environment receives."""
        return "float32" if self.num_actions is None else "int64"

    @property
    def is_bounded(self) -> bool:
        """Whether continuous actions have limits, at which the runner clips."""
        return self.low is not None

    @property
    def usual_range(self) -> tuple[float, float]:
        """Where random actions are drawn from: between the limits, else within `scale` of zero."""
        if self.low is None or self.high is None:
            return -self.scale, self.scale
        return self.low, self.high

    @property
    def bounds(self) -> tuple[float, float]:
        """Finite bounds for libraries that need them: the limits, else the range of the demonstrations.

        A policy that is squashed into them can still do what the demonstrations do. Without `reach` they are
        `usual_range`.
        """
        if self.is_bounded or self.reach is None:
            return self.usual_range
        return -self.reach, self.reach

    @property
    def noise_unit(self) -> float:
        """What noise on actions is measured in: half the range between the limits, else the action's unit.

        Not `scale`: demonstrations say their noise in meters where the action is one, and published ones
        would change.
        """
        return 1.0 if self.low is None or self.high is None else (self.high - self.low) / 2

    def sample(self, rng: np.random.Generator, count: int | None = None) -> NDArray[Any]:
        """Returns a random action, shape `shape`, or `count` of them, shape ``(count, *shape)``.

        Each is uniform over the discrete actions or over `usual_range`. As many actions drawn one by one are
        the same ones.
        """
        import numpy as np

        if self.num_actions is not None:
            return np.asarray(rng.integers(self.num_actions, size=count), np.int64)
        shape = self.shape if count is None else (count, *self.shape)
        return rng.uniform(*self.usual_range, shape).astype(np.float32)

    def clip(self, action: NDArray[Any]) -> NDArray[Any]:
        """Returns the continuous action as the environment would receive it: float32, within the limits."""
        import numpy as np

        cast = action.astype(np.float32)
        return np.clip(cast, self.low, self.high) if self.is_bounded else cast

    def space(self) -> gym.Space[Any]:
        """Returns the Gymnasium space of all actions; without limits it is unbounded, see `bounds`."""
        import gymnasium as gym
        import numpy as np

        if self.num_actions is not None:
            return gym.spaces.Discrete(self.num_actions)
        low = -np.inf if self.low is None else self.low
        high = np.inf if self.high is None else self.high
        return gym.spaces.Box(low, high, self.shape, np.float32)

    def describe(self) -> ActionDescription:
        """Returns what a policy is told about it."""
        return {
            "shape": list(self.shape),
            "dtype": self.dtype,
            "low": self.low,
            "high": self.high,
            "num_actions": self.num_actions,
            "scale": self.scale,
            "reach": self.reach,
            "unit": self.unit,
            "components": list(self.components),
        }

    @classmethod
    def from_description(cls, told: ActionDescription) -> ActionField:
        """Returns the field that `describe` describes, without the words."""
        return cls(
            shape=tuple(told["shape"]),
            low=told["low"],
            high=told["high"],
            num_actions=told["num_actions"],
            scale=told["scale"],
            reach=told["reach"],
            unit=told["unit"],
            components=tuple(told["components"]),
        )
