"""The environment of a task under disturbances: what `ilbench.tasks.disturbances` declares, done."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import mujoco
import numpy as np

from ilbench.environment import Shape, context_from
from ilbench.importing import load_object
from ilbench.tasks.disturbances import Disturbance, disturbance_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHANGED = (
    "geom_friction",
    "body_mass",
    "body_inertia",
    "cam_pos",
    "body_subtreemass",
    "body_invweight0",
    "dof_M0",
    "dof_invweight0",
    "tendon_invweight0",
    "actuator_acc0",
)
"""What friction, masses and camera poses enter in a MuJoCo model, derived constants included."""

STATISTICS = ("meaninertia", "meanmass", "meansize", "extent")
"""Of these, the mean inertia scales the solver's tolerance."""

GRAY_LEVELS = 64.0
"""Unit of an image's noise, about the standard deviation of a picture's values."""


class DisturbedEnv(gym.Wrapper[Any, Any, Any, Any]):
    """An environment whose contexts may hold a disturbance; without one it is the environment itself.

    Args:
        env: Import string of the environment's class. For the physics and the cameras it must have a
            property ``physics``, its MuJoCo model.
        scales: By observation field, the unit of the noise on each number.
        render_mode: As of the environment.
        options: Further keyword arguments of the environment's class.
    """

    def __init__(
        self, env: str, scales: Mapping[str, Sequence[float]], render_mode: str | None = None, **options: Any
    ) -> None:
        extra = {} if render_mode is None else {"render_mode": render_mode}
        super().__init__(load_object(env)(**options, **extra))
        self._scales = {name: np.array(values) for name, values in scales.items()}
        self._constants: _Constants | None = None
        self._course: _Course | None = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Starts the episode that the context describes; the disturbance draws from `seed`."""
        disturbance = disturbance_of(context_from(options))
        if self._constants is not None:
            self._constants.restore()
        observation, info = self.env.reset(seed=seed, options=options)
        if disturbance == Disturbance():
            self._course = None
            return observation, info
        rng = np.random.default_rng(seed)
        if self._constants is None:
            self._constants = _Constants(self.env.unwrapped.physics)  # type: ignore[attr-defined]
        self._constants.disturb(disturbance, rng)
        self._course = _Course(disturbance, self._scales, self.action_space, rng)
        return self._course.observed(observation), info

    def step(self, action: NDArray[Any]) -> tuple[dict[str, NDArray[Any]], float, bool, bool, dict[str, Any]]:
        """Executes what the disturbance makes of the action, shows what it makes of the observation."""
        course = self._course
        if course is None:
            return self.env.step(action)  # type: ignore[return-value]
        observation, reward, terminated, truncated, info = self.env.step(course.executed(action))
        return course.observed(observation), float(reward), terminated, truncated, info

    def state(self) -> NDArray[Any]:
        """Returns the environment's full state."""
        state: NDArray[Any] = self.env.unwrapped.state()  # type: ignore[attr-defined]
        return state

    def plan_view(self) -> Sequence[Shape]:
        """Returns what stands in the scene, seen from above."""
        shapes: Sequence[Shape] = self.env.unwrapped.plan_view()  # type: ignore[attr-defined]
        return shapes


class _Course:
    """The disturbances between policy and environment over one episode."""

    def __init__(
        self,
        disturbance: Disturbance,
        scales: Mapping[str, NDArray[Any]],
        actions: gym.Space[Any],
        rng: np.random.Generator,
    ) -> None:
        if not isinstance(actions, gym.spaces.Box):
            raise TypeError(f"only continuous actions can be disturbed, found {actions}")
        self._is = disturbance
        self._scales = scales
        self._low, self._high = actions.low, actions.high
        self._rng = rng
        self._bias = {
            name: disturbance.sensor_bias * scale * rng.uniform(-1.0, 1.0, scale.shape)
            for name, scale in scales.items()
        }
        self._kept = {name: _kept(scale.size, disturbance.sensor_drop, rng) for name, scale in scales.items()}
        rest = np.zeros(actions.shape, np.float32)
        self._last = rest
        self._waiting = deque([rest] * disturbance.action_delay)
        self._shown: deque[dict[str, NDArray[Any]]] = deque(maxlen=disturbance.observation_delay + 1)

    def executed(self, action: NDArray[Any]) -> NDArray[Any]:
        """Returns the action that the environment receives, inside the bounds."""
        self._waiting.append(np.array(action, np.float32))
        due = self._waiting.popleft()
        if self._rng.random() < self._is.sticky_action:
            return self._last
        noise = self._is.action_noise * (self._high - self._low) / 2 * self._rng.normal(size=due.shape)
        self._last = np.clip(self._is.action_gain * due + noise, self._low, self._high).astype(np.float32)
        return self._last

    def observed(self, observation: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Returns what the policy sees."""
        self._shown.append({name: self._sensed(name, value) for name, value in observation.items()})
        return self._shown[0]

    def _sensed(self, name: str, value: NDArray[Any]) -> NDArray[Any]:
        if value.dtype == np.uint8:
            noise = self._is.sensor_noise * GRAY_LEVELS * self._rng.normal(size=value.shape)
            grays: NDArray[Any] = np.clip(value + noise, 0, 255).astype(np.uint8)
            return grays
        if name not in self._scales:
            return value
        noise = self._is.sensor_noise * self._scales[name] * self._rng.normal(size=value.shape)
        sensed: NDArray[Any] = ((value + self._bias[name] + noise) * self._kept[name]).astype(value.dtype)
        return sensed


def _kept(size: int, share: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Returns 0 for the numbers that read zero and 1 for the others."""
    kept = np.ones(size)
    if share > 0:
        kept[rng.choice(size, max(1, round(share * size)), replace=False)] = 0.0
    return kept


class _Constants:
    """The constants of a MuJoCo model that a disturbance changes, and what they were."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._originals = {name: getattr(model, name).copy() for name in CHANGED}
        self._statistics = {name: getattr(model.stat, name) for name in STATISTICS}
        free = np.isin(np.arange(model.nbody), model.jnt_bodyid[model.jnt_type == mujoco.mjtJoint.mjJNT_FREE])
        self._free = free[model.body_rootid]

    def restore(self) -> None:
        """Puts every constant back, to the bit."""
        for name, values in self._originals.items():
            getattr(self._model, name)[:] = values
        for name, value in self._statistics.items():
            setattr(self._model.stat, name, value)

    def disturb(self, disturbance: Disturbance, rng: np.random.Generator) -> None:
        """Changes physics and cameras; the constants must be the original ones."""
        model = self._model
        model.geom_friction[:] *= disturbance.friction
        if disturbance.mass != 1.0:
            model.body_mass[self._free] *= disturbance.mass
            model.body_inertia[self._free] *= disturbance.mass
            mujoco.mj_setConst(model, mujoco.MjData(model))
        direction = rng.normal(size=3)
        model.cam_pos[:] += disturbance.camera_m * direction / np.linalg.norm(direction)
