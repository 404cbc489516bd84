"""How each game that is won by getting somewhere is searched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ilbench.tasks.procgen.games import NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How a game is searched.

    Attributes:
        goal: Type of the entity to reach, or code of the cell.
        actions: The actions tried.
        hold: Steps that one is held.
        wait: Steps that nothing is done, where that is another number.
        speed: Cells a step, at best: distance over speed is the estimate of the steps left.
        weight: Of the estimate; above 1 finds a way sooner, which may not be the shortest.
        open: Codes of cells that can be crossed, beside space and the goal.
        solid: Types of entities that do not move and kill.
        tail: Numbers at the end of the state that count in telling states apart.
        turns: Whether the agent's rotation counts in telling states apart.
        timed: Whether the time does.
        max_nodes: States looked at before the search ends.
    """

    goal: int
    actions: tuple[int, ...]
    hold: int
    wait: int | None = None
    speed: float = 0.5
    weight: float = 2.0
    open: tuple[int, ...] = ()
    solid: tuple[int, ...] = ()
    tail: tuple[int, ...] = ()
    turns: bool = False
    timed: bool = False
    max_nodes: int = 4000

    def steps(self, action: int) -> int:
        """Returns how long an action is held."""
        return self.hold if action != NOTHING or self.wait is None else self.wait


RULES: Mapping[str, Rules] = {
    "coinrun": Rules(goal=1, actions=(7, 8, 5, 4, 1, 2), hold=3, open=(19,)),
    "ninja": Rules(goal=1, actions=(7, 8, 5, 4, 1, 2), hold=3, tail=(-3,)),
    "jumper": Rules(goal=1, actions=(7, 8, 5, 4, 1, 2), hold=3, tail=(-8,)),
    "caveflyer": Rules(goal=1, actions=(5, 2, 8, 4, 1, 7, 3), hold=4, turns=True, solid=(2, 3), speed=0.4),
    "heist": Rules(goal=9, actions=(1, 3, 5, 7, 0, 2, 6, 8), hold=2, speed=0.6, tail=(-2, -3, -4)),
    "leaper": Rules(
        goal=5, actions=(5, 4, 1, 7, 3), hold=6, wait=6, open=(2, 3), timed=True, speed=0.17, weight=4.0
    ),
}
