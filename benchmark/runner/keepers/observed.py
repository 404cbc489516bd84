"""An environment that shows what happens in it to an onlooker, and is otherwise untouched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, SupportsFloat, TypeAlias

if TYPE_CHECKING:
    from ilbench.contract.environment import Environment
    from ilbench.contract.policy import Observation

Outcome: TypeAlias = "tuple[Observation, SupportsFloat, bool, bool, dict[str, Any]]"
"""What a step returns: observation, reward, terminated, truncated and info."""


class Onlooker(Protocol):
    """What is shown each state of an environment."""

    def reset(self, env: Environment, observation: Observation, info: dict[str, Any]) -> None:
        """Called after a reset."""

    def step(self, env: Environment, outcome: Outcome) -> None:
        """Called after a step with what it returned."""


class ObservedEnv:
    """Shows each state to the onlooker and passes on everything else untouched.

    That includes what no `Environment` need have, such as what an expert reads: it acts filmed as unfilmed.
    """

    def __init__(self, env: Environment, onlooker: Onlooker) -> None:
        self._env = env
        self._onlooker = onlooker
        self.state = env.state
        self.render = env.render
        self.close = env.close

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._env, name)

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What the environment says of itself."""
        return self._env.metadata

    @property
    def unwrapped(self) -> Any:
        """The innermost environment."""
        return self._env.unwrapped

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Resets and shows it."""
        observation, info = self._env.reset(seed=seed, options=options)
        self._onlooker.reset(self._env, observation, info)
        return observation, info

    def step(self, action: Any) -> Outcome:
        """Steps and shows it."""
        outcome = self._env.step(action)
        self._onlooker.step(self._env, outcome)
        return outcome
