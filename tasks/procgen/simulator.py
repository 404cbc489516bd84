"""Procgen's simulator by lanes: each lane's state can be saved and another's installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ilbench.contract.environment import silenced
from ilbench.errors import UnknownNameError
from ilbench.tasks.procgen.state import with_level

with silenced():  # importing procgen imports gym, which says at length that it is no longer maintained
    from procgen.env import ENV_NAMES as ENV_NAMES
    from procgen.env import ProcgenGym3Env

if TYPE_CHECKING:
    from numpy.typing import NDArray

END_LEVEL = -1
"""The action that ends a level at once and draws the next one."""

MAX_STATE_BYTES = 2**20


class Outcome(NamedTuple):
    """What a step of all lanes gave.

    Attributes:
        frames: Shape (lanes, 64, 64, 3), uint8; of a lane that ended, the next level's first.
        rewards: Shape (lanes,), float32.
        ended: Shape (lanes,), bool: whether the level ended with this step.
    """

    frames: NDArray[np.uint8]
    rewards: NDArray[np.float32]
    ended: NDArray[np.bool_]


class Simulator:
    """Lanes of one game under one set of options, stepped together.

    Args:
        game: One of Procgen's 16 games.
        num_lanes: How many.
        options: Procgen's options, by the names of ``ProcgenGym3Env``.

    Raises:
        UnknownNameError: Procgen has no such game.
    """

    def __init__(self, game: str, num_lanes: int, **options: Any) -> None:
        if game not in ENV_NAMES:
            raise UnknownNameError("Procgen game", game, ENV_NAMES)
        self.num_lanes = num_lanes
        self._engine = ProcgenGym3Env(
            num=num_lanes, env_name=game, start_level=0, num_levels=1, rand_seed=0, num_threads=0, **options
        )
        # What CEnv.act and CEnv.observe copy to and from, without their handling of nested spaces.
        self._library, self._handle = self._engine._c_lib, self._engine._c_env
        self._actions = self._engine._ac["action"]
        self._buffers = (self._engine._ob["rgb"], self._engine._rew, self._engine._first)
        self._buffer = self._engine._ffi.new(f"char[{MAX_STATE_BYTES}]")
        self._start = self.save(0)

    def save(self, lane: int) -> bytes:
        """Returns the state of a lane; `ilbench.tasks.procgen.state` reads it."""
        size = self._engine.call_c_func("get_state", lane, self._buffer, MAX_STATE_BYTES)
        return bytes(self._engine._ffi.buffer(self._buffer, size))

    def install(self, lane: int, state: bytes) -> None:
        """Puts a lane into a state that was saved, here or in another simulator with the same options."""
        self._engine.call_c_func("set_state", lane, state, len(state))

    def install_level(self, lane: int, level: int) -> None:
        """Prepares a lane so that its next level, which `END_LEVEL` draws, is that one."""
        self.install(lane, with_level(self._start, level))

    def act(self, actions: NDArray[np.int32]) -> Outcome:
        """Plays one action in every lane."""
        self._actions[:] = actions
        self._library.libenv_act(self._handle)
        return self.observe()

    def observe(self) -> Outcome:
        """Returns what the last step gave, and of a lane with an installed state its frame."""
        self._library.libenv_observe(self._handle)
        frames, rewards, ended = self._buffers
        return Outcome(frames.copy(), rewards.copy(), ended.astype(np.bool_))

    def completed(self, lane: int) -> bool:
        """Returns whether the level that a lane has just ended was completed."""
        return bool(self._engine.get_info()[lane]["prev_level_complete"])

    def close(self) -> None:
        """Frees the simulator."""
        self._engine.close()
