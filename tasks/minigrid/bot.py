"""The expert that knows what it has seen: BabyAI's own bot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ilbench.contract.environment import silenced
from ilbench.tasks.minigrid.world import DONE

with silenced():  # pygame greets
    from minigrid.envs.babyai.core import verifier
    from minigrid.utils import baby_ai_bot as original

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment
    from ilbench.contract.policy import Observation
    from ilbench.tasks.minigrid.environment import MiniGrid

MAX_SEARCHES = 1000
"""Path searches for one action, after which the bot is taken to plan in circles; it needs about ten."""

TEXT_BYTES = 48
"""Length of a sub-goal's text."""


class BotExpert:
    """Explores until it has seen what it needs, then takes the shortest way.

    It knows only what the agent has seen so far in the episode. So a policy can do what it does, but
    one without memory cannot know which parts of the level have been seen: it has to turn and look again.
    The bot is deterministic; the seed changes nothing.
    """

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Starts a new plan for the level of `env`."""
        self._env = cast("MiniGrid", env.unwrapped)
        level = self._env.level
        self._bot: _Bot | None = _Bot(level if hasattr(level, "instrs") else _WithInstruction(level))

    def act(self, observation: Observation) -> NDArray[np.int64]:
        """Returns the bot's action, shape (); `DONE` for good once the bot has given up."""
        action = DONE
        if self._bot is not None:
            try:
                action = self._bot.replan(self._env.last_action)
            except (AssertionError, original.DisappearedBoxError, _PlansInCirclesError):
                self._bot = None  # it broke on a state of its own or another's making: the episode fails
        return np.array(int(action), dtype=np.int64)

    def procedure(self) -> dict[str, NDArray[np.uint8]]:
        """Returns ``subgoal``, what the last action is for, as padded text of shape (48,)."""
        text = "" if self._bot is None else subgoal_text(self._bot)
        padded = text.encode().ljust(TEXT_BYTES, b"\0")
        return {"subgoal": np.frombuffer(padded, dtype=np.uint8).copy()}


class _PlansInCirclesError(Exception):
    """The bot has searched too often for one action."""


class _WithInstruction:
    """A level of minigrid whose mission is to pick up an object, told to the bot in BabyAI's terms."""

    def __init__(self, level: Any) -> None:
        self._level = level
        self.instrs = verifier.PickupInstr(verifier.ObjDesc(level.obj.type, level.obj.color))
        self.instrs.reset_verifier(self)

    @property
    def unwrapped(self) -> _WithInstruction:
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._level, name)


class _Bot(original.BabyAIBot):  # type: ignore[misc]
    """The bot with a limit on its work for one action, which a clock could not set repeatably."""

    def replan(self, action_taken: int | None = None) -> Any:
        """Returns the suggested action after `action_taken`."""
        self._limit = self.bfs_counter + MAX_SEARCHES
        return super().replan(action_taken)

    def _breadth_first_search(self, *args: Any, **options: Any) -> Any:
        if self.bfs_counter >= self._limit:
            raise _PlansInCirclesError
        return super()._breadth_first_search(*args, **options)


def subgoal_text(bot: Any) -> str:
    """Returns what a bot is about to do, such as ``explore`` or ``go to the red ball``; or ""."""
    if not bot.stack:
        return ""
    subgoal = bot.stack[-1]
    if subgoal.is_exploratory():
        return "explore"
    if isinstance(subgoal, original.GoNextToSubgoal):
        verb = "go next to" if subgoal.reason == "PutNext" else "go to"
        return f"{verb} {_phrase(bot, subgoal.datum)}"
    verbs = {
        original.OpenSubgoal: "open",
        original.CloseSubgoal: "close",
        original.PickupSubgoal: "pick up",
        original.DropSubgoal: "drop",
    }
    level = bot.mission.unwrapped
    is_drop = isinstance(subgoal, original.DropSubgoal)
    thing = level.carrying if is_drop else level.grid.get(*level.front_pos)
    return f"{verbs[type(subgoal)]} {_phrase(bot, thing)}"


def _phrase(bot: Any, what: Any) -> str:
    """Returns the words for an object, a description, or what stands at a position."""
    if isinstance(what, tuple | list | np.ndarray):
        what = bot.mission.unwrapped.grid.get(*what)
    if what is None:
        return "a free cell"
    return " ".join(["the", *([what.color] if what.color else []), what.type or "object"])
