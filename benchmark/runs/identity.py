"""Who an episode is, and the seeds that follow from it."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

PROTOCOL = "1"
"""Version of the evaluation protocol. It enters every seed, so a change of it changes every episode."""


class EpisodeId(NamedTuple):
    """The identity of an episode: all that its randomness may depend on.

    Attributes:
        task: Task id, such as ``d3il/avoiding-v2``.
        split: Name of a split of the task.
        context: Index into the split's contexts.
        repeat: Which repetition on that context, from 0.
    """

    task: str
    split: str
    context: int
    repeat: int

    def seed(self, purpose: str) -> int:
        """Returns a seed in [0, 2**63) for `purpose`, such as ``"environment"`` or ``"policy"``.

        It is a hash of the identity. Worker, lane, order and clock do not enter, so an episode can
        be replayed alone.
        """
        text = "|".join((PROTOCOL, *map(str, self), purpose))
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1

    def __str__(self) -> str:
        return f"{self.task} {self.split}[{self.context}] repeat {self.repeat}"
