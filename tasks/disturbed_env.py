"""The environment of a task under disturbances: what `ilbench.tasks.disturbances` declares, done."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, SupportsFloat, cast

import gymnasium as gym
import numpy as np

from ilbench.contract.environment import SeenFromAbove, Shape, context_from
from ilbench.importing import load_object
from ilbench.tasks.delay_line import DelayLine
from ilbench.tasks.disturbances import ENTRY, Disturbance, disturbance_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment
    from ilbench.contract.policy import Observation
    from ilbench.tasks.disturbed_physics import Constants

SMALLEST_IMAGE = 32
"""Pixels on a side from which a uint8 array is taken for an image."""

GRAY_LEVELS = 64.0
"""Unit of an image's noise, about the standard deviation of a picture's values."""


class DisturbedEnv(gym.Wrapper[Any, Any, Any, Any]):
    """An environment whose contexts may hold a disturbance; without one it is the environment itself.

    Args:
        env: Import string of the environment's class. For the physics and the cameras it must have a
            property ``physics``, its MuJoCo model.
        scales: By float field, the unit of the noise on each number.
        symbols: By field that is a grid of symbols, how many there are in each of its channels.
        rest: The action that does the least; a continuous one is zeros if not given.
        render_mode: As of the environment.
        options: Further keyword arguments of the environment's class.
    """

    def __init__(
        self,
        env: str,
        scales: Mapping[str, Sequence[float]],
        symbols: Mapping[str, Sequence[int]] | None = None,
        rest: int | Sequence[float] | None = None,
        render_mode: str | None = None,
        **options: Any,
    ) -> None:
        extra = {} if render_mode is None else {"render_mode": render_mode}
        undisturbed = load_object(env)(**options, **extra)
        super().__init__(undisturbed)
        self._undisturbed: Environment = undisturbed
        self._scales = {name: np.array(values) for name, values in scales.items()}
        self._symbols = {name: np.array(counts) for name, counts in (symbols or {}).items()}
        self._rest = rest
        self._constants: Constants | None = None
        self._course: _Course | None = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Starts the episode that the context describes; the disturbance draws from `seed`."""
        context = context_from(options)
        disturbance = disturbance_of(context)
        if self._constants is not None:
            self._constants.restore()
        undisturbed = {name: value for name, value in context.items() if name != ENTRY}
        observation, info = self._undisturbed.reset(seed=seed, options={"context": undisturbed})
        if disturbance == Disturbance():
            self._course = None
            return observation, info
        rng = np.random.default_rng(seed)
        direction = rng.normal(size=3)
        if disturbance.changes_model:
            self._of_model().disturb(disturbance, direction)
        sensors = _Sensors(disturbance, self._scales, self._symbols, rng)
        actuator = _actuator(disturbance, self.action_space, self._rest, rng)
        self._course = _Course(disturbance, sensors, actuator)
        return self._course.observed(observation), info

    def _of_model(self) -> Constants:
        if self._constants is None:
            from ilbench.tasks.disturbed_physics import Constants

            self._constants = Constants(self._undisturbed.unwrapped.physics)
        return self._constants

    def step(self, action: Any) -> tuple[Observation, SupportsFloat, bool, bool, dict[str, Any]]:
        """Executes what the disturbance makes of the action, shows what it makes of the observation."""
        course = self._course
        if course is None:
            return self._undisturbed.step(action)
        outcome = self._undisturbed.step(course.executed(action))
        observation, reward, terminated, truncated, info = outcome
        return course.observed(observation), float(reward), terminated, truncated, info

    def state(self) -> NDArray[Any]:
        """Returns the environment's full state."""
        return self._undisturbed.state()

    def plan_view(self) -> Sequence[Shape]:
        """Returns what stands in the scene, seen from above."""
        env = self._undisturbed
        return env.plan_view() if isinstance(env, SeenFromAbove) else ()


class _Course:
    """The disturbances between policy and environment over one episode."""

    def __init__(self, disturbance: Disturbance, sensors: _Sensors, actuator: _Actuator) -> None:
        self._sensors = sensors
        self.executed = actuator.executed
        self._frame_drop = disturbance.frame_drop
        self._on_the_way: deque[dict[str, NDArray[Any]]] = deque(maxlen=disturbance.observation_delay + 1)
        self._shown: dict[str, NDArray[Any]] | None = None

    def observed(self, observation: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Returns what the policy sees."""
        self._on_the_way.append(self._sensors.sensed(observation))
        is_dropped = self._frame_drop > 0 and self._sensors.extra.random() < self._frame_drop
        if self._shown is None or not is_dropped:
            self._shown = self._on_the_way[0]
        return self._shown


class _Sensors:
    """What becomes of an observation.

    The generator `rng` is shared with the actuator; whatever was added to the first kinds of shift draws from
    `extra`, so that their episodes stay what they were.
    """

    def __init__(
        self,
        disturbance: Disturbance,
        scales: Mapping[str, NDArray[Any]],
        symbols: Mapping[str, NDArray[Any]],
        rng: np.random.Generator,
    ) -> None:
        self._is = disturbance
        self._scales = scales
        self._symbols = symbols
        self._rng = rng
        (self.extra,) = rng.spawn(1)
        self._bias = {
            name: disturbance.sensor_bias * scale * rng.uniform(-1.0, 1.0, scale.shape)
            for name, scale in scales.items()
        }
        self._kept = {name: _kept(scale.size, disturbance.sensor_drop, rng) for name, scale in scales.items()}
        self._brightness = disturbance.sensor_bias * GRAY_LEVELS * self.extra.uniform(-1.0, 1.0)
        self._seen_cells: dict[str, NDArray[Any]] = {}

    def sensed(self, observation: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Returns what the sensors make of an observation."""
        return {name: self._sensed(name, value) for name, value in observation.items()}

    def _sensed(self, name: str, value: NDArray[Any]) -> NDArray[Any]:
        if name in self._symbols:
            return self._cells(name, value)
        if _is_image(value):
            return self._image(value)
        if name not in self._scales:
            return value
        noise = self._is.sensor_noise * self._scales[name] * self._rng.normal(size=value.shape)
        sensed: NDArray[Any] = ((value + self._bias[name] + noise) * self._kept[name]).astype(value.dtype)
        return sensed

    def _image(self, value: NDArray[Any]) -> NDArray[Any]:
        if self._is.sensor_noise == 0 and self._brightness == 0:
            return value
        noise = self._is.sensor_noise * GRAY_LEVELS * self._rng.normal(size=value.shape)
        grays: NDArray[Any] = np.clip(value + noise + self._brightness, 0, 255).astype(np.uint8)
        return grays

    def _cells(self, name: str, value: NDArray[Any]) -> NDArray[Any]:
        places, counts = value.shape[:-1], self._symbols[name]
        if name not in self._seen_cells:
            kept = _kept(int(np.prod(places)), self._is.sensor_drop, self.extra)
            self._seen_cells[name] = kept.reshape(*places, 1).astype(value.dtype)
        if self._is.sensor_noise > 0:
            is_wrong = self.extra.random((*places, 1)) < self._is.sensor_noise
            drawn = self.extra.integers(counts, size=value.shape).astype(value.dtype)
            value = np.where(is_wrong, drawn, value)
        cells: NDArray[Any] = value * self._seen_cells[name]
        return cells


class _Actuator(Protocol):
    """What becomes of an action."""

    def executed(self, action: Any) -> Any:
        """Returns the action that the environment receives."""


class _ContinuousActuator:
    def __init__(
        self,
        disturbance: Disturbance,
        actions: gym.spaces.Box,
        rest: Sequence[float] | None,
        rng: np.random.Generator,
    ) -> None:
        self._is = disturbance
        self._low, self._high = actions.low, actions.high
        self._rng = rng
        (self._extra,) = rng.spawn(1)
        self._last = np.zeros(actions.shape, np.float32) if rest is None else np.array(rest, np.float32)
        self._delayed = DelayLine(self._last, disturbance.action_delay)

    def executed(self, action: NDArray[Any]) -> NDArray[Any]:
        """Returns the action that the environment receives, inside the bounds."""
        due = self._delayed(np.array(action, np.float32))
        if self._rng.random() < self._is.sticky_action:
            return self._last
        if self._is.random_action > 0 and self._extra.random() < self._is.random_action:
            due = self._extra.uniform(self._low, self._high).astype(np.float32)
        executed, drawn = self._is.action_gain * due, self._rng.normal(size=due.shape)
        if self._is.action_noise > 0:  # else actions may have no bounds
            executed = executed + self._is.action_noise * (self._high - self._low) / 2 * drawn
        self._last = np.clip(executed, self._low, self._high).astype(np.float32)
        return self._last


class _DiscreteActuator:
    def __init__(
        self,
        disturbance: Disturbance,
        actions: gym.spaces.Discrete,
        rest: int | None,
        rng: np.random.Generator,
    ) -> None:
        if rest is None and (disturbance.action_delay > 0 or disturbance.action_gain < 1):
            raise ValueError("late and weak discrete actions need to know which action is rest")
        self._is = disturbance
        self._num_actions = int(actions.n)
        self._rng = rng
        self._rest = rest
        self._last: int | None = None
        self._delayed = DelayLine(rest, disturbance.action_delay)

    def executed(self, action: int) -> int:
        """Returns the action that the environment receives."""
        due = self._delayed(int(action))
        sticks, is_random, works = self._rng.random(3)
        drawn = int(self._rng.integers(self._num_actions))
        if sticks < self._is.sticky_action and self._last is not None:
            return self._last
        if is_random < self._is.random_action:
            due = drawn
        if works >= self._is.action_gain:
            due = self._rest
        self._last = due
        return cast("int", due)


def _actuator(
    disturbance: Disturbance,
    actions: gym.Space[Any],
    rest: int | Sequence[float] | None,
    rng: np.random.Generator,
) -> _Actuator:
    if isinstance(actions, gym.spaces.Discrete):
        return _DiscreteActuator(disturbance, actions, rest if isinstance(rest, int) else None, rng)
    if isinstance(actions, gym.spaces.Box):
        return _ContinuousActuator(disturbance, actions, None if isinstance(rest, int) else rest, rng)
    raise TypeError(f"actions of {actions} cannot be disturbed: neither continuous nor discrete")


def _is_image(value: NDArray[Any]) -> bool:
    return value.dtype == np.uint8 and value.ndim == 3 and min(value.shape[:2]) >= SMALLEST_IMAGE


def _kept(size: int, share: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Returns 0 for the numbers that read zero and 1 for the others."""
    kept = np.ones(size)
    if share > 0:
        kept[rng.choice(size, max(1, round(share * size)), replace=False)] = 0.0
    return kept
