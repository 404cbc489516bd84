"""Chosen levels of one game, side by side in one vector environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ilbench.tasks.procgen.environment import checked_level
from ilbench.tasks.procgen.games import NOTHING
from ilbench.tasks.procgen.simulator import END_LEVEL, Simulator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


class BatchStep(NamedTuple):
    """What a step of all lanes gave; of a lane without a level in play zeros and its last frame.

    Attributes:
        frames: Shape (lanes, 64, 64, 3), uint8; after the last action the frame before it, as in single play.
        rewards: Shape (lanes,), float32.
        terminated: Shape (lanes,), bool: the level ended with this step, won or lost.
        truncated: Shape (lanes,), bool: the time limit ended it.
        success: Shape (lanes,), bool: it ended completed.
    """

    frames: NDArray[np.uint8]
    rewards: NDArray[np.float32]
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    success: NDArray[np.bool_]


class LevelBatch:
    """Plays a level of its own in every lane, each as `ProcgenEnv` plays it alone, bit for bit.

    Procgen's own vector environments draw levels at random, and go on to another one when a level ends.
    Here a lane's level is chosen: its start is made in a simulator beside and installed. A lane whose level
    is over waits until it is given another one.

    Args:
        game: One of Procgen's 16 games.
        time_limit: The game's own limit in steps.
        num_lanes: Levels side by side.
        options: Procgen's options, by the names of ``ProcgenGym3Env``; the same for all lanes.

    Raises:
        UnknownNameError: Procgen has no such game.
    """

    def __init__(self, game: str, time_limit: int, num_lanes: int, **options: Any) -> None:
        self.num_lanes = num_lanes
        self._time_limit = time_limit
        self._starts = Simulator(game, 1, **options)
        self._lanes = Simulator(game, num_lanes, **options)
        self._frames = np.zeros((num_lanes, 64, 64, 3), np.uint8)
        self._steps_left = np.zeros(num_lanes, np.int64)

    @property
    def in_play(self) -> NDArray[np.bool_]:
        """Whether each lane has a level that is not over, shape (lanes,)."""
        return self._steps_left > 0

    def start(self, lane: int, context: Mapping[str, Any]) -> NDArray[np.uint8]:
        """Returns the first frame (64, 64, 3) of a context's level, which is now in play in a lane.

        Raises:
            ValueError: The context names no level, or options of its own: these belong to the whole batch.
        """
        level = checked_level(context)
        if len(context) > 1:
            raise ValueError(f"options are those of the batch, not of a lane: found {sorted(context)}")
        self._starts.install_level(0, level)
        first: NDArray[np.uint8] = self._starts.act(np.full(1, END_LEVEL, np.int32)).frames[0]
        self._lanes.install(lane, self._starts.save(0))
        self._frames[lane] = first
        self._steps_left[lane] = self._time_limit
        return first

    def step(self, actions: NDArray[np.integer[Any]]) -> BatchStep:
        """Plays an action in every lane that is in play.

        Args:
            actions: Shape (lanes,); those of other lanes are ignored.
        """
        playing = self.in_play
        frames, rewards, ended = self._lanes.act(np.where(playing, actions, NOTHING).astype(np.int32))
        over = playing & ended
        self._steps_left -= playing
        success = np.array(
            [bool(over[lane]) and self._lanes.completed(lane) for lane in range(self.num_lanes)]
        )
        truncated = over & (self._steps_left == 0) & ~success
        self._steps_left[over] = 0
        going_on = playing & ~ended
        self._frames[going_on] = frames[going_on]
        return BatchStep(
            frames=self._frames.copy(),
            rewards=np.where(playing, rewards, np.float32(0.0)),
            terminated=over & ~truncated,
            truncated=truncated,
            success=success,
        )

    def close(self) -> None:
        """Frees the simulators."""
        self._starts.close()
        self._lanes.close()
