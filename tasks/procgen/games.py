"""The 16 games of Procgen as a table: what is to be done, what acts, how long a level lasts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Mode: TypeAlias = Literal["easy", "hard"]

NOTHING = 4
"""The action without effect, in every game."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Game:
    """One game.

    Attributes:
        name: Procgen's name of it.
        version: Of the tasks made of it.
        goal: What has to be done, in one sentence.
        keys: What the actions beyond the nine moves do; empty if nothing.
        moves: What the nine moves do, where it is not to go that way.
        time_limit: Steps after which Procgen ends a level.
        reward: What is rewarded.
        follows: Whether the view moves with the agent, so that it can be kept from it.
        shows_velocity: Whether the agent's velocity can be painted into the view.
        modes: The modes that are tasks; ``hard`` where there is a planner or a search.
    """

    name: str
    goal: str
    reward: str
    version: int = 1
    keys: str = ""
    moves: str = ""
    time_limit: int = 1000
    follows: bool = False
    shows_velocity: bool = True
    modes: tuple[Mode, ...] = ("easy",)


BOTH: tuple[Mode, ...] = ("easy", "hard")
GAMES = (
    Game(
        name="bigfish",
        goal="Eat smaller fish and grow, out of the way of the larger ones, until 30 are eaten.",
        reward="1 for a fish, 10 more at the thirtieth",
        time_limit=6000,
    ),
    Game(
        name="bossfight",
        goal="Destroy a starship that hides behind a shield between its rounds of fire.",
        reward="1 for a hit on the unshielded ship, 10 at its end",
        keys="9 fires",
        time_limit=4000,
    ),
    Game(
        name="caveflyer",
        goal="Steer a drifting ship through a cave to the friendly one, past ships and rocks that kill.",
        reward="3 for a target shot, 10 at the goal",
        keys="9 fires",
        moves="0-2 turn left, 6-8 turn right; of each three the last thrusts and the first brakes",
        follows=True,
        modes=BOTH,
    ),
    Game(
        name="chaser",
        goal="Collect all orbs of a maze; large ones make the enemies that chase the agent edible.",
        reward="0.04 for an orb, 10 more for the last; eaten enemies count too",
        shows_velocity=False,
    ),
    Game(
        name="climber",
        goal="Climb platforms and collect every star, past monsters.",
        reward="1 for a star, 10 more at the last",
        moves="2, 5 and 8 jump",
        follows=True,
    ),
    Game(
        name="coinrun",
        goal="Run and jump to the coin at the right end, over saws, lava and pits.",
        reward="10 at the coin",
        moves="2, 5 and 8 jump from the ground, 0, 3 and 6 drop through crates",
        follows=True,
        modes=BOTH,
    ),
    Game(
        name="dodgeball",
        goal="Hit every enemy with a ball without being hit or touching a wall, then leave by the exit.",
        reward="2 for an enemy, 10 at the exit",
        keys="9 throws the way the agent faces",
    ),
    Game(
        name="fruitbot",
        goal="Float upwards through gaps and doors, gathering fruit and no other food, to the present.",
        reward="1 for a fruit, -4 for other food, 10 at the end",
        keys="9 throws a key at a door",
        follows=True,
    ),
    Game(
        name="heist",
        goal="Steal the gem behind locked doors, each opened by the key of its color.",
        reward="10 at the gem",
        modes=BOTH,
        shows_velocity=False,
    ),
    Game(
        name="jumper",
        goal="Bring a double-jumping rabbit through a cave to the carrot that its compass points at.",
        reward="10 at the carrot",
        moves="2, 5 and 8 jump, once more in the air",
        follows=True,
        modes=BOTH,
    ),
    Game(
        name="leaper",
        goal="Cross lanes of cars, then a river from log to log, to the finish.",
        reward="10 at the finish",
        moves="a leap of one cell; the diagonals leap sideways",
        time_limit=500,
        modes=BOTH,
    ),
    Game(
        name="maze",
        version=2,
        goal="Lead a mouse through a maze to the cheese, in levels that the demonstrations did not show.",
        reward="10 at the cheese",
        time_limit=500,
        modes=BOTH,
        shows_velocity=False,
    ),
    Game(
        name="miner",
        goal="Dig out every diamond and reach the exit, from under boulders and diamonds that fall.",
        reward="1 for a diamond, 10 at the exit",
        modes=BOTH,
        shows_velocity=False,
    ),
    Game(
        name="ninja",
        goal="Jump from ledge to ledge to the mushroom at the right end, past bombs and above fire.",
        reward="10 at the mushroom",
        keys="9 to 12 throw a star ahead, up ahead, up, down ahead",
        moves="2, 5 and 8 jump, in hard mode the higher the longer they are held",
        follows=True,
        modes=BOTH,
    ),
    Game(
        name="plunder",
        goal="Sink enemy ships of the color shown and spare the others, before the time runs out.",
        reward="1 for an enemy ship, 10 at the last",
        keys="9 fires",
        time_limit=4000,
        shows_velocity=False,
    ),
    Game(
        name="starpilot",
        goal="Fly on and shoot down what comes, dodging fire and obstacles, to the finish.",
        reward="1 for an enemy, 10 at the finish",
        keys="9 fires ahead, 10 back",
    ),
)
BY_NAME = {game.name: game for game in GAMES}
