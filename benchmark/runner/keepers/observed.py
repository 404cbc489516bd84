"""An environment that shows what happens in it to an onlooker, and is otherwise untouched."""

from __future__ import annotations

from typing import Any, Protocol

import gymnasium as gym


class Onlooker(Protocol):
    """What is shown each state of an environment."""

    def reset(self, env: gym.Env[Any, Any], observation: Any, info: dict[str, Any]) -> None:
        """Called after a reset."""

    def step(self, env: gym.Env[Any, Any], outcome: tuple[Any, Any, bool, bool, dict[str, Any]]) -> None:
        """Called after a step with what it returned."""


class ObservedEnv(gym.Wrapper[Any, Any, Any, Any]):
    """Shows each state to the onlooker and passes on everything else untouched."""

    def __init__(self, env: gym.Env[Any, Any], onlooker: Onlooker) -> None:
        super().__init__(env)
        self._onlooker = onlooker

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.env, name)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Resets and shows it."""
        observation, info = self.env.reset(seed=seed, options=options)
        self._onlooker.reset(self.env, observation, info)
        return observation, info

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Steps and shows it."""
        outcome = self.env.step(action)
        self._onlooker.step(self.env, outcome)
        return outcome
