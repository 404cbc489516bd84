"""Models of Stable-Baselines3 and its contrib package. Loading one runs code: what it saves are pickles."""

from __future__ import annotations

import json
import pickle
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .mapping import FieldMapping, MappingError
from .spaces import inputs_of
from .torch_random import RandomLanes

if TYPE_CHECKING:
    from collections.abc import Mapping

    Array = np.ndarray[Any, Any]

MAX_DATA = 1 << 28
"""Bytes of a model's settings, at most."""
ALGORITHMS = {
    "stable_baselines3.dqn.policies": "DQN",
    "stable_baselines3.sac.policies": "SAC",
    "stable_baselines3.td3.policies": "TD3",
    "sb3_contrib.common.recurrent.policies": "RecurrentPPO",
    "sb3_contrib.common.maskable.policies": "MaskablePPO",
    "sb3_contrib.tqc.policies": "TQC",
    "sb3_contrib.qrdqn.policies": "QRDQN",
    "sb3_contrib.crossq.policies": "CrossQ",
    "sb3_contrib.ars.policies": "ARS",
}
"""Which algorithm a model is of, by the module of its policy's class."""
OF_TRAINING = ("learning_rate", "lr_schedule", "clip_range", "clip_range_vf", "exploration_schedule")
"""What is saved as functions, is needed for training alone, and often cannot be loaded by another Python."""


class Policy:
    """A model that serves all lanes with one call; each lane has a state of its own where it is recurrent.

    One that is not deterministic draws from each lane's own seed, and is called for one lane at a time.

    Args:
        path: The file.
        mapping: See `FieldMapping`.
        algorithm: Name of its class, such as ``PPO``; only needed for a policy class of one's own.
        deterministic: Whether the most likely action is played.
        normalize: File beside the model that ``VecNormalize.save`` wrote, whose statistics observations are
            normalized by. It is a pickle.
    """

    def __init__(
        self,
        path: str,
        mapping: Mapping[str, Any],
        algorithm: str = "",
        deterministic: bool = True,
        normalize: str = "",
    ) -> None:
        import torch

        torch.set_num_threads(1)
        fields = FieldMapping(mapping)
        self.history, self.chunk = fields.history, fields.chunk
        self._fields = fields
        self._model = load(path, algorithm)
        self._single = not hasattr(self._model.observation_space, "spaces")
        self._feed = fields.bind(inputs_of(self._model.observation_space))
        fields.check_output(self._model.action_space.shape)
        self._deterministic = deterministic
        self._normalizer: Any = _normalizer(Path(path).parent / normalize) if normalize else None
        self._is_recurrent = hasattr(self._model.policy, "lstm_actor")
        self._random: dict[int, RandomLanes] = {}
        self._states: dict[int, Any] = {}
        self._state: Any = None
        self._starts: Array = np.ones(0, bool)
        self._reset: set[int] = set()

    def reset(self, lane: int, seed: int, task: Mapping[str, Any]) -> None:
        """Starts an episode in a lane."""
        self._reset.add(lane)
        if not self._deterministic:
            self._states.pop(lane, None)
            self._random[lane] = RandomLanes(lambda inputs: self._predict_lane(lane, inputs))
            self._random[lane].begin(lane, seed)

    def act(self, observations: Mapping[str, Array]) -> Array:
        """Returns the action of each lane."""
        inputs = self._feed(observations)
        if self._normalizer is not None:
            inputs = self._normalized(inputs)
        width = len(next(iter(inputs.values())))
        if self._deterministic:
            return self._fields.actions(self._predict_all(inputs, width))
        actions = {
            lane: self._random[lane].call(lane, {name: v[lane : lane + 1] for name, v in inputs.items()})[0]
            for lane in self._random
        }
        nothing = np.zeros_like(next(iter(actions.values())))
        return self._fields.actions(np.stack([actions.get(lane, nothing) for lane in range(width)]))

    def _predict_all(self, inputs: Mapping[str, Array], width: int) -> Array:
        starts = np.zeros(width, bool)
        starts[list(self._reset)] = True
        self._reset.clear()
        actions, self._state = self._model.predict(
            self._seen(inputs), self._state, starts, deterministic=True
        )
        return actions  # type: ignore[no-any-return]

    def _predict_lane(self, lane: int, inputs: Mapping[str, Array]) -> Array:
        starts = np.array([lane in self._reset])
        self._reset.discard(lane)
        actions, self._states[lane] = self._model.predict(
            self._seen(inputs), self._states.get(lane), starts, deterministic=False
        )
        return actions  # type: ignore[no-any-return]

    def _seen(self, inputs: Mapping[str, Array]) -> Any:
        return next(iter(inputs.values())) if self._single else dict(inputs)

    def _normalized(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        seen = self._normalizer.normalize_obs(self._seen(inputs))
        return {next(iter(inputs)): seen} if self._single else seen


def load(path: str, algorithm: str = "") -> Any:
    """Returns a model, on the processor.

    Raises:
        MappingError: It is of a policy class that is not the library's, and `algorithm` is not given.
    """
    name = algorithm or algorithm_of(path)
    package = _package_of(name)
    unused = {key: _unused for key in OF_TRAINING if key != "learning_rate"}
    return getattr(package, name).load(path, device="cpu", custom_objects={"learning_rate": 0.0, **unused})


def algorithm_of(path: str) -> str:
    """Returns the name of a model's algorithm, read from its settings without loading them.

    A2C, PPO and TRPO share their policies, so that either plays the others' models as they do.
    """
    with zipfile.ZipFile(path) as archive:
        if archive.getinfo("data").file_size > MAX_DATA:
            raise MappingError(f"the settings in {Path(path).name} are larger than {MAX_DATA} bytes")
        told = json.loads(archive.read("data"))
    module = str(told.get("policy_class", {}).get("__module__", ""))
    if module == "stable_baselines3.common.policies":
        return "PPO" if "clip_range" in told else "A2C"
    if module not in ALGORITHMS:
        raise MappingError(
            f"{Path(path).name} has a policy class of {module or 'no module'}, which is not of the library; "
            'say of which algorithm it is: arguments.algorithm = "PPO" in submission.toml'
        )
    return ALGORITHMS[module]


def _package_of(algorithm: str) -> Any:
    import stable_baselines3

    if hasattr(stable_baselines3, algorithm):
        return stable_baselines3
    import sb3_contrib

    if not hasattr(sb3_contrib, algorithm):
        raise MappingError(f"arguments.algorithm: neither package has an algorithm {algorithm!r}")
    return sb3_contrib


def _normalizer(path: Path) -> Any:
    with path.open("rb") as file:
        normalizer = pickle.load(file)
    normalizer.training = False
    return normalizer


def _unused(progress: float) -> float:
    return 0.0
