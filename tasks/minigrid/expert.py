"""The expert of the BabyAI tasks: BabyAI's own bot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ilbench.environment import silenced

with silenced():  # pygame greets
    from minigrid.utils.baby_ai_bot import BabyAIBot, DisappearedBoxError

if TYPE_CHECKING:
    import gymnasium as gym
    from numpy.typing import NDArray

    from ilbench.policy import Observation
    from ilbench.tasks.minigrid.environment import GoToLocal

DONE = 6
"""The action that does nothing: what is left when the bot has given up."""

MAX_SEARCHES = 1000
"""Path searches for one action, after which the bot is taken to plan in circles; it needs about ten."""


class BotExpert:
    """Explores until it has seen a fitting object, then takes the shortest way to the nearest.

    It knows only what the agent has seen so far in the episode. So a policy can do what it does, but
    one without memory cannot know which parts of the room have been seen: it has to turn and look again.
    The bot is deterministic; the seed changes nothing.
    """

    def reset(self, env: gym.Env[Any, Any], seed: int, mode: int | None = None) -> None:
        """Starts a new plan for the level of `env`."""
        self._env = cast("GoToLocal", env.unwrapped)
        self._bot: _Bot | None = _Bot(self._env.level)

    def act(self, observation: Observation) -> NDArray[np.int64]:
        """Returns the bot's action, shape (); `DONE` for good once the bot has given up."""
        action = DONE
        if self._bot is not None:
            try:
                action = self._bot.replan(self._env.last_action)
            except (AssertionError, DisappearedBoxError, _PlansInCirclesError):
                self._bot = None  # it broke on a state of its own or another's making: the episode fails
        return np.array(int(action), dtype=np.int64)


class _PlansInCirclesError(Exception):
    """The bot has searched too often for one action."""


class _Bot(BabyAIBot):  # type: ignore[misc]
    """The bot with a limit on its work for one action, which a clock could not set repeatably."""

    def replan(self, action_taken: int | None = None) -> Any:
        """Returns the suggested action after `action_taken`."""
        self._limit = self.bfs_counter + MAX_SEARCHES
        return super().replan(action_taken)

    def _breadth_first_search(self, *args: Any, **options: Any) -> Any:
        if self.bfs_counter >= self._limit:
            raise _PlansInCirclesError
        return super()._breadth_first_search(*args, **options)
