"""procedure-cloning: a search is imitated, not its outcome (Yang et al., arXiv 2205.10816, NeurIPS 2022).

For tasks that show a whole maze as planes of walls, goal and agent, and whose demonstrations keep the
expert's breadth-first search. A small network, the same at every cell, learns one round of it: from the
planes and the map of the cells reached so far, each with the action that leads toward the goal, to the map
after the next round. To act, it is applied to its own output, from the empty map, until the agent's cell
carries an action. What it learned is local, so it holds in mazes that were never demonstrated, as long as no
round makes a mistake.

Departures from the paper's code: it has five layers of 3 x 3 convolutions with up to 256 channels, here only
the first layer looks at the neighbors, since a round of the search looks no farther; and of a search one
drawn round enters the loss, in place of all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ilbench.baselines.layers import Linear, mlp
from ilbench.baselines.learner import (
    Batch,
    InvalidConfigError,
    LearnedPolicy,
    Learner,
    TrainingConfig,
    check_range,
)

FIELD = "grid"
PROCEDURE = "expansions"
AGENT = 2
"""Of the planes: walls, goal, agent."""

UNREACHED = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureCloningConfig(TrainingConfig):
    """Configuration of `ProcedureCloning`.

    Attributes:
        hidden: Widths of the hidden layers.
        rounds: After so many rounds without an action it acts at random, as the paper's does.
    """

    hidden: tuple[int, ...] = (64, 64)
    rounds: int = 100

    def __post_init__(self) -> None:
        TrainingConfig.__post_init__(self)
        check_range("rounds", self.rounds, 1, UNREACHED)

    @classmethod
    def for_task(cls, task: Mapping[str, Any]) -> ProcedureCloningConfig:
        """Returns the defaults for a task's public description: 100 rounds for 16 x 16 cells.

        Raises:
            InvalidConfigError: The task does not show a maze.
        """
        rows, columns, _ = _shape(task)
        return cls(steps=2000, batch_size=64, rounds=min(round(rows * columns * 100 / 256), UNREACHED))


class ProcedureCloning(Learner):
    """The same small network at every cell, from its neighborhood to its place in the next map.

    A map holds for each cell the action toward the goal, or one more class for none.
    """

    procedure = (PROCEDURE,)

    def __init__(self, task: Mapping[str, Any], config: ProcedureCloningConfig) -> None:
        super().__init__(task)
        self.config = config
        self.num_actions: int = task["action"]["num_actions"]
        self.hidden = mlp((9 * (_shape(task)[2] + self.num_actions + 1), *config.hidden))
        self.head = Linear(config.hidden[-1], self.num_actions + 1)

    def fit_statistics(self, batch: Batch) -> None:
        """Does nothing: planes are 0 and 1."""

    def forward(self, planes: Tensor, maps: Tensor) -> Tensor:
        """Returns logits of the next map, ``(B, H, W, num_actions + 1)``.

        Args:
            planes: Shape ``(B, H, W, planes)``.
            maps: Shape ``(B, H, W)``, int64.
        """
        marked = functional.one_hot(maps, self.num_actions + 1)
        padded = functional.pad(torch.cat([planes, marked], dim=-1).float(), (0, 0, 1, 1, 1, 1))
        # A cell and its neighbors as a row: so few channels make a slow convolution.
        rows = padded.unfold(1, 3, 1).unfold(2, 3, 1).flatten(3).flatten(1, 2)
        logits: Tensor = self.head(self.hidden(rows)).view(*maps.shape, -1)
        return logits

    def loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Returns the mean cross-entropy over all cells, in nats, for one drawn round of each search."""
        rounds, arrows = batch.procedure[PROCEDURE].unbind(dim=-1)
        last = torch.where(rounds == UNREACHED, 0, rounds).flatten(1).amax(dim=1)
        drawn = torch.rand(len(last), generator=generator)
        now = (drawn * last).long().view(-1, 1, 1)
        logits = self(batch.observations[FIELD][:, 0], self.maps(rounds, arrows, now))
        return functional.cross_entropy(logits.flatten(0, 2), self.maps(rounds, arrows, now + 1).flatten())

    def maps(self, rounds: Tensor, arrows: Tensor, now: Tensor) -> Tensor:
        """Returns the maps after the rounds `now`, int64, from when and with what each cell was reached."""
        is_known = (rounds <= now) & (arrows != UNREACHED)
        return torch.where(is_known, arrows.long(), self.num_actions)

    def policy(self) -> LearnedPolicy:
        """Returns the policy that searches with the present weights."""
        return _Policy(self)


class _Policy(LearnedPolicy):
    def __init__(self, learner: ProcedureCloning) -> None:
        super().__init__(learner)
        self._learner = learner

    def _actions(self, observations: Mapping[str, Tensor]) -> NDArray[Any]:
        learner = self._learner
        planes = observations[FIELD][:, 0]
        is_there, cell = planes[..., AGENT].flatten(1).max(dim=1)
        none = learner.num_actions
        maps = torch.full(planes.shape[:3], none)
        found = torch.where(is_there > 0, none, 0)  # an idle lane has no agent and nothing to search for
        for _ in range(learner.config.rounds):
            before, maps = maps, learner(planes, maps).argmax(dim=-1)
            reached = maps.flatten(1).gather(1, cell.unsqueeze(1)).squeeze(1)
            found = torch.where(found == none, reached, found)
            is_going_on = (maps != before).flatten(1).any(dim=1)  # a map that stays stays for ever
            if not bool(((found == none) & is_going_on).any()):
                break
        actions: NDArray[Any] = found.numpy()
        for lane in np.flatnonzero(actions == none):
            actions[lane] = self._generators[lane].integers(none)
        return actions


def _shape(task: Mapping[str, Any]) -> tuple[int, int, int]:
    """Returns rows, columns and planes of the maze that a task shows."""
    field = task["observation"].get(FIELD, {"shape": ()})
    if len(field["shape"]) != 3 or task["action"]["num_actions"] is None:
        raise InvalidConfigError(
            f"procedure-cloning needs a maze in the field {FIELD!r} and discrete actions, such as "
            f"navigation/maze-16-v1; {task['id']} has {', '.join(task['observation'])}"
        )
    rows, columns, planes = field["shape"]
    return rows, columns, planes
