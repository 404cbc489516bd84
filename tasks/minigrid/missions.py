"""Missions as word ids, by one public list of words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COLORS = ("blue", "green", "grey", "purple", "red", "yellow")
OBJECTS = ("ball", "box", "key")

WORDS = (
    *("", "go", "to", "the", "a", *COLORS, *OBJECTS),
    *("door", "open", "pick", "up", "put", "next", "and", ",", "then", "after", "you", "on", "your"),
    *("left", "right", "in", "front", "of", "behind"),
    *("use", "get", "goal", "reach", "avoid", "lava", "square", "traverse", "rooms"),
)
"""A word's place is its id; 0 is padding. Words may be appended, never moved: ids are in data sets."""

_IDS = {word: index for index, word in enumerate(WORDS)}


def encode_mission(mission: str, length: int) -> NDArray[np.int64]:
    """Returns the ids of a mission's words, shape (length,), padded with 0 at the end; read-only.

    A comma is a word of its own.

    Raises:
        ValueError: A word is not among `WORDS`, or the mission is longer than `length`.
    """
    import numpy as np  # here, so that tasks are listed without it

    words = mission.replace(",", " ,").split()
    unknown = [word for word in words if word not in _IDS]
    if unknown or len(words) > length:
        reason = (
            f"unknown word {unknown[0]!r}" if unknown else f"{len(words)} words, expected at most {length}"
        )
        raise ValueError(f"cannot encode the mission {mission!r}: {reason}")
    ids = np.zeros(length, dtype=np.int64)
    ids[: len(words)] = [_IDS[word] for word in words]
    ids.flags.writeable = False
    return ids


def recolored(text: str, colors: dict[str, str]) -> str:
    """Returns a mission with its color words replaced."""
    return " ".join(colors.get(word, word) for word in text.split(" "))


def names_any(mission: str, phrases: tuple[str, ...]) -> bool:
    """Returns whether a mission holds one of the phrases, such as ``blue ball``, as whole words."""
    padded = f" {mission.replace(',', ' ,')} "
    return any(f" {phrase} " in padded for phrase in phrases)
