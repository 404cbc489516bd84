"""Who an episode is, and the seeds that follow from it.

What the environment draws follows from the identity alone: every policy meets the same starts and
disturbances, in every run. What the *policy* is told follows from a nonce of the run as well: from a seed
that was a public hash of the identity, a policy could tell which episode it is in, and play it from memory.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import NamedTuple

PROTOCOL = "2"
"""Version of the evaluation protocol. In version 1, policy seeds followed from the identity alone."""

PROTOCOLS = ("1", "2")
"""Versions whose episodes begin alike: environment seeds are those of version 1."""

SEED_VERSION = "1"
"""What an environment's seed is hashed from begins with it."""


class EpisodeId(NamedTuple):
    """The identity of an episode: all that its randomness may depend on.

    Attributes:
        task: Task id, such as ``d3il/avoiding-v3``.
        split: Name of a split of the task.
        context: Index into the split's contexts.
        repeat: Which repetition on that context, from 0.
    """

    task: str
    split: str
    context: int
    repeat: int

    def seed(self, purpose: str) -> int:
        """Returns a seed in [0, 2**63) for `purpose`, such as ``"environment"``: one that anybody may know.

        It is a hash of the identity. Worker, lane, order and clock do not enter, so an episode can
        be replayed alone.
        """
        text = "|".join((SEED_VERSION, *map(str, self), purpose))
        return _seed(hashlib.sha256(text.encode()).digest())

    def __str__(self) -> str:
        return f"{self.task} {self.split}[{self.context}] repeat {self.repeat}"


class Episode(NamedTuple):
    """An episode to be played: its identity, and what a run adds to it.

    Attributes:
        id: Who it is.
        policy_seed: Seed given to the policy's `reset`.
    """

    id: EpisodeId
    policy_seed: int


def policy_seed(episode: EpisodeId, protocol: str, nonce: str) -> int:
    """Returns the seed in [0, 2**63) that a policy is given in an episode of a run.

    From protocol 2 on it is HMAC-SHA256 of the identity under the run's nonce: who does not know the nonce
    cannot tell the episode by it, and who has the run's header can compute it.
    """
    if protocol == "1":
        return episode.seed("policy")
    text = "|".join((*map(str, episode), "policy"))
    return _seed(hmac.digest(nonce.encode(), text.encode(), "sha256"))


def _seed(digest: bytes) -> int:
    return int.from_bytes(digest[:8], "big") >> 1
