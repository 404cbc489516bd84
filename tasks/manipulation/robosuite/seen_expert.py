"""The experts of the state tasks, at work where a policy sees pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ilbench.tasks.manipulation.robosuite.can_expert import CanExpert
from ilbench.tasks.manipulation.robosuite.experts import LiftExpert
from ilbench.tasks.manipulation.robosuite.square_expert import SquareExpert

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment
    from ilbench.contract.policy import Expert


class SeenExpert:
    """Acts on the state, which it reads from the simulation.

    Args:
        expert: The expert of the state task.
    """

    def __init__(self, expert: Expert) -> None:
        self._expert = expert

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Starts an episode of the expert of the state task."""
        self._env: Any = env.unwrapped
        self._expert.reset(env, seed, mode)

    def act(self, observation: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
        """Returns what the expert does in this state."""
        return self._expert.act({"state": self._env.full_state()})


class SeenLiftExpert(SeenExpert):
    """`LiftExpert`, from the simulation."""

    def __init__(self) -> None:
        super().__init__(LiftExpert())


class SeenCanExpert(SeenExpert):
    """`CanExpert`, from the simulation."""

    def __init__(self) -> None:
        super().__init__(CanExpert())


class SeenSquareExpert(SeenExpert):
    """`SquareExpert`, from the simulation."""

    def __init__(self) -> None:
        super().__init__(SquareExpert())
