"""Procgen games, one level an episode."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np

from ilbench.contract.environment import TaskEnv, context_from, observation_space
from ilbench.errors import UnknownNameError
from ilbench.tasks.procgen.simulator import END_LEVEL, ENV_NAMES, Outcome, Simulator
from ilbench.tasks.procgen.tasks import IMAGE, NUM_ACTIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.task import Context

MAX_LEVEL = 2**31 - 2


class ProcgenEnv(TaskEnv):
    """A Procgen game; an episode is one level, played as ``num_levels=1, start_level=level`` would play it.

    A context is ``{"level": k}`` with any of Procgen's own options beside it (``distribution_mode``,
    ``use_backgrounds``, ...), which then replace those given here.

    Procgen goes on to the next level within the step that ends one, so the frame after the last action is
    never drawn. The last observation is therefore the one *before* the last action, once more; nothing of
    the level that follows is shown, and a step beyond the end is refused. A level ends with success, with
    a loss, or at the game's own time limit, which Procgen does not tell from a loss: it is recognized by
    the number of steps, and truncates.

    One simulator an option set is kept, and a level is started in it through a saved state whose level
    range is edited. Frames, rewards and endings equal those of a new simulator (tested on every game), at
    less than half the cost and without the memory that each new one leaves behind.

    Args:
        game: One of Procgen's 16 games.
        time_limit: The game's own limit in steps.
        render_mode: ``"rgb_array"`` or None.
        options: Procgen's options, by the names of ``ProcgenGym3Env``.

    Attributes:
        game: The game's name.
        current_options: Procgen's options in the present episode.

    Raises:
        UnknownNameError: Procgen has no such game.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"]}  # noqa: RUF012 - as gymnasium declares it

    def __init__(self, game: str, time_limit: int, render_mode: str | None = None, **options: Any) -> None:
        self.render_mode = render_mode
        if game not in ENV_NAMES:
            raise UnknownNameError("Procgen game", game, ENV_NAMES)
        self.observation_space = observation_space((IMAGE,))
        self.action_space = gym.spaces.Discrete(NUM_ACTIONS)
        self.game = game
        self.current_options: Mapping[str, Any] = options
        self._time_limit = time_limit
        self._options = options
        self._simulators: dict[tuple[tuple[str, Any], ...], Simulator] = {}
        self._simulator: Any = None
        self._action = np.zeros(1, np.int32)
        self._image: NDArray[np.uint8] = np.zeros(IMAGE.shape, np.uint8)
        self._steps_left = 0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Returns the first observation of the context's level; the seed changes nothing.

        Raises:
            ValueError: The context names no level in [0, 2**31 - 2].
        """
        super().reset(seed=seed)
        context = context_from(options)
        level = checked_level(context)
        extra = {name: value for name, value in context.items() if name != "level"}
        self.current_options = {**self._options, **extra}
        self._simulator = self._simulator_with(self.current_options)
        self._simulator.install_level(0, level)
        self._image = self._act(END_LEVEL).frames[0]
        self._steps_left = self._time_limit
        return {IMAGE.name: self._image}, _info(False)

    def step(self, action: int) -> tuple[dict[str, NDArray[Any]], float, bool, bool, dict[str, Any]]:
        """Plays one of the 15 actions, which must be in range.

        Raises:
            gymnasium.error.ResetNeeded: The level is over.
        """
        if self._steps_left == 0:
            raise gym.error.ResetNeeded(f"the {self.game} level is over; call reset before the next step")
        self._steps_left -= 1
        frames, rewards, ends = self._act(action)
        if not ends[0]:
            self._image = frames[0]
            return {IMAGE.name: self._image}, float(rewards[0]), False, False, _info(False)
        success = self._simulator.completed(0)
        truncated = self._steps_left == 0 and not success
        self._steps_left = 0
        return {IMAGE.name: self._image.copy()}, float(rewards[0]), not truncated, truncated, _info(success)

    def state(self) -> NDArray[np.uint8]:
        """Returns the simulator's saved state as bytes; after the end it is that of the level's new start.

        Its length varies with the number of entities; `ilbench.tasks.procgen.state.decode_state` reads it.
        """
        return np.frombuffer(self._simulator.save(0), np.uint8).copy()

    def render(self) -> NDArray[np.uint8] | None:
        """Returns the frame (64, 64, 3) that a policy sees, or None without ``render_mode``."""
        return None if self.render_mode is None else self._image.copy()

    def close(self) -> None:
        """Frees the simulators."""
        for simulator in self._simulators.values():
            simulator.close()
        self._simulators.clear()
        self._simulator = None

    def _act(self, action: int) -> Outcome:
        self._action[0] = action
        outcome: Outcome = self._simulator.act(self._action)
        return outcome

    def _simulator_with(self, options: Mapping[str, Any]) -> Simulator:
        """Returns the simulator with these options, which is made once."""
        key = tuple(sorted(options.items()))
        if key not in self._simulators:
            self._simulators[key] = Simulator(self.game, 1, **options)
        return self._simulators[key]


def _info(success: bool) -> dict[str, Any]:
    return {"success": success, "mode": None}


def checked_level(context: Context) -> int:
    """Returns the level that a context names.

    Raises:
        ValueError: It names none in [0, 2**31 - 2].
    """
    level = context.get("level")
    if not isinstance(level, int) or not 0 <= level <= MAX_LEVEL:
        raise ValueError(f'a Procgen context needs "level": an integer in [0, {MAX_LEVEL}], found {level!r}')
    return level
