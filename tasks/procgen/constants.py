"""Normalized returns of Procgen: by which constants, and where the two published lists differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from ilbench.errors import UnknownNameError
from ilbench.tasks.procgen.games import Mode

Version: TypeAlias = Literal["procgen-2020", "gen-dgrl-2024"]
Limits: TypeAlias = tuple[float, float]

EASY: Mapping[str, Limits] = {
    "bigfish": (1.0, 40.0),
    "bossfight": (0.5, 13.0),
    "caveflyer": (3.5, 12.0),
    "chaser": (0.5, 13.0),
    "climber": (2.0, 12.6),
    "coinrun": (5.0, 10.0),
    "dodgeball": (1.5, 19.0),
    "fruitbot": (-1.5, 32.4),
    "heist": (3.5, 10.0),
    "jumper": (3.0, 10.0),
    "leaper": (3.0, 10.0),
    "maze": (5.0, 10.0),
    "miner": (1.5, 13.0),
    "ninja": (3.5, 10.0),
    "plunder": (4.5, 30.0),
    "starpilot": (2.5, 64.0),
}
"""Lowest and highest return in easy mode, after the appendix of Cobbe et al. (ICML 2020)."""

HARD: Mapping[str, Limits] = {
    "bigfish": (0.0, 40.0),
    "bossfight": (0.5, 13.0),
    "caveflyer": (2.0, 13.4),
    "chaser": (0.5, 14.2),
    "climber": (1.0, 12.6),
    "coinrun": (5.0, 10.0),
    "dodgeball": (1.5, 19.0),
    "fruitbot": (-0.5, 27.2),
    "heist": (2.0, 10.0),
    "jumper": (1.0, 10.0),
    "leaper": (1.5, 10.0),
    "maze": (4.0, 10.0),
    "miner": (1.5, 20.0),
    "ninja": (2.0, 10.0),
    "plunder": (3.0, 30.0),
    "starpilot": (1.5, 35.0),
}
"""The same in hard mode, where both sources agree."""

GEN_DGRL_EASY: Mapping[str, Limits] = {"jumper": (1.0, 10.0), "leaper": (1.5, 10.0)}
"""Where gen_dgrl (Mediratta et al., ICLR 2024, ``utils/plot.py``) differs in easy mode: it has the lowest
returns of hard mode there, so that a jumper policy with return 3 scores 0.22 in place of 0."""

LIMITS: Mapping[Version, Mapping[Mode, Mapping[str, Limits]]] = {
    "procgen-2020": {"easy": EASY, "hard": HARD},
    "gen-dgrl-2024": {"easy": {**EASY, **GEN_DGRL_EASY}, "hard": HARD},
}


def normalized_return(
    game: str, mean_return: float, *, mode: Mode = "easy", version: Version = "procgen-2020"
) -> float:
    """Returns a mean return on a scale where the lowest of the literature is 0 and the highest 1.

    The lowest return is not that of a policy that acts at random (which gets 2.1 of coinrun's 5, say), so
    normalized returns can be negative; none is cut off. Success rates need no such constants.

    Args:
        game: Name of the game.
        mean_return: Its mean return over episodes.
        mode: ``easy`` or ``hard``.
        version: Whose constants: they differ for jumper and leaper in easy mode.

    Raises:
        UnknownNameError: There is no such version, mode or game.
    """
    low, high = limits(game, mode, version)
    return (mean_return - low) / (high - low)


def limits(game: str, mode: Mode = "easy", version: Version = "procgen-2020") -> Limits:
    """Returns the lowest and the highest return of a game.

    Raises:
        UnknownNameError: There is no such version, mode or game.
    """
    if version not in LIMITS:
        raise UnknownNameError("version of Procgen's constants", version, LIMITS)
    if mode not in LIMITS[version]:
        raise UnknownNameError("Procgen mode", mode, LIMITS[version])
    if game not in LIMITS[version][mode]:
        raise UnknownNameError("Procgen game", game, LIMITS[version][mode])
    return LIMITS[version][mode][game]
