"""Model-predictive search by random shooting: the demonstrator of games that reward on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.tasks.procgen.games import NOTHING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ilbench.contract.environment import Environment
    from ilbench.contract.policy import Observation
    from ilbench.tasks.procgen.environment import ProcgenEnv
    from ilbench.tasks.procgen.simulator import Simulator

MOVES = tuple(range(9))


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """How a game is shot at.

    Attributes:
        actions: What is drawn from.
        num_rollouts: Futures tried at once.
        depth: Steps of each.
        hold: Steps that a drawn action is held.
        keep: Steps of the best future that are played before new ones are tried.
        loss: What an ending without completion takes off.
        discount: Of rewards a step later.
    """

    actions: tuple[int, ...] = MOVES
    num_rollouts: int = 32
    depth: int = 24
    hold: int = 4
    keep: int = 4
    loss: float = 10.0
    discount: float = 0.98


AIMS: Mapping[str, Aim] = {
    "miner": Aim(actions=(1, 3, 5, 7, NOTHING), hold=3),
    "chaser": Aim(actions=(1, 3, 5, 7), hold=4),
    "dodgeball": Aim(actions=(*MOVES, 9, 9, 9)),
    "starpilot": Aim(actions=(*MOVES, 9, 9, 9, 9)),
    "bigfish": Aim(),
    "climber": Aim(actions=(1, 2, 5, 7, 8, NOTHING)),
    "bossfight": Aim(actions=(*MOVES, 9, 9, 9, 9)),
    "fruitbot": Aim(actions=(1, 7, NOTHING, 9), depth=40),
}


class ShootingExpert:
    """Plays what was best of many random futures, which it tried in copies of the simulator.

    It is told the truth by the copies, what will appear at random included: some of its choices cannot be
    understood from what is seen. Asked in any state, it tries anew whenever what it kept is used up or the
    state is not the one that it foresaw.
    """

    def __init__(self) -> None:
        self._env: Any = None
        self._shooter: Shooter | None = None
        self._rng = np.random.default_rng(0)
        self._kept: list[int] = []
        self._best: NDArray[np.int32] | None = None

    def reset(self, env: Environment, seed: int, mode: int | None = None) -> None:
        """Takes up an episode; the seed draws the futures, `mode` changes nothing."""
        self._env = env.unwrapped
        self._rng = np.random.default_rng(seed)
        self._kept, self._best = [], None
        if self._shooter is None or self._shooter.options != self._env.current_options:
            self.close()
            self._shooter = Shooter(self._env)

    def act(self, observation: Observation) -> NDArray[np.generic]:
        """Returns the next action, int64."""
        assert self._shooter is not None
        if not self._kept:
            self._best = self._shooter.best(self._env.state().tobytes(), self._best, self._rng)
            keep = self._shooter.aim.keep
            self._kept = self._best[:keep].tolist()
            self._best = np.concatenate([self._best[keep:], np.full(keep, NOTHING, np.int32)])
        return np.array(self._kept.pop(0), np.int64)

    def close(self) -> None:
        """Frees the copies."""
        if self._shooter is not None:
            self._shooter.lanes.close()


class Shooter:
    """Tries futures of one environment's game under its present options.

    Args:
        env: The environment, whose simulator is not touched.
    """

    def __init__(self, env: ProcgenEnv) -> None:
        from ilbench.tasks.procgen.simulator import Simulator

        self.options = env.current_options
        self.aim = AIMS[env.game]
        self.lanes: Simulator = Simulator(env.game, self.aim.num_rollouts, **self.options)

    def best(
        self, start: bytes, known: NDArray[np.int32] | None, rng: np.random.Generator
    ) -> NDArray[np.int32]:
        """Returns the actions, shape (depth,), of the best of `num_rollouts` futures of a state.

        Args:
            start: The state.
            known: A future that is tried as well, in place of a drawn one.
            rng: Draws the others.
        """
        aim, lanes = self.aim, self.lanes
        drawn = rng.choice(np.array(aim.actions, np.int32), (lanes.num_lanes, -(-aim.depth // aim.hold)))
        futures = np.repeat(drawn, aim.hold, axis=1)[:, : aim.depth]
        if known is not None:
            futures[0] = known
        for lane in range(lanes.num_lanes):
            lanes.install(lane, start)
        worth = np.zeros(lanes.num_lanes)
        alive = np.ones(lanes.num_lanes, np.bool_)
        for step in range(aim.depth):
            outcome = lanes.act(np.ascontiguousarray(futures[:, step]))
            worth += alive * outcome.rewards * aim.discount**step
            for lane in np.flatnonzero(outcome.ended & alive):
                if not lanes.completed(int(lane)):
                    worth[lane] -= aim.loss * aim.discount**step
            alive &= ~outcome.ended
            if not alive.any():
                break
        best: NDArray[np.int32] = futures[int(np.argmax(worth))]
        return best
