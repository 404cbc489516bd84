"""Missions as word ids, by one public list of words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

COLORS = ("blue", "green", "grey", "purple", "red", "yellow")
OBJECTS = ("ball", "box", "key")

WORDS = ("", "go", "to", "the", "a", *COLORS, *OBJECTS)
"""A word's place is its id; 0 is padding. Words may be appended, never moved: ids are in data sets."""

MISSION_LENGTH = 5
"""Words of the longest mission, ``go to the red ball``."""

_IDS = {word: index for index, word in enumerate(WORDS)}


def encode_mission(mission: str, length: int = MISSION_LENGTH) -> NDArray[np.int64]:
    """Returns the ids of a mission's words, shape (length,), padded with 0 at the end; read-only.

    Raises:
        ValueError: A word is not among `WORDS`, or the mission is longer than `length`.
    """
    words = mission.split()
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


def target_of(mission: str) -> tuple[str, str]:
    """Returns color and kind of the object that a go-to mission names."""
    *_, color, kind = mission.split()
    return color, kind
