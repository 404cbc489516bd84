"""Whether records have the seeds of their episodes: quick enough to ask of every record that is read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple, Protocol

from ilbench.runs.identity import SEED_VERSION
from ilbench.runs.record import EpisodeRecord

_INNER, _OUTER, _BLOCK_BYTES = 0x36, 0x5C, 64
"""Of HMAC-SHA256, RFC 2104."""


class WrongSeed(NamedTuple):
    """A seed that is not its episode's.

    Attributes:
        place: Of the record, from 0.
        field: ``env_seed`` or ``policy_seed``.
        found: What the record says.
        expected: What the identity, the protocol and the nonce say.
    """

    place: int
    field: str
    found: int
    expected: int


class Hash(Protocol):
    """A hash that has been told the beginning of a text."""

    def copy(self) -> Hash:
        """Returns another, told the same."""

    def update(self, data: bytes, /) -> None:
        """Tells it more."""

    def digest(self) -> bytes:
        """Returns the hash of what it was told."""


def find_wrong_seed(records: Iterable[EpisodeRecord], protocol: str, nonce: str) -> WrongSeed | None:
    """Returns the first seed that `EpisodeId.seed` and `policy_seed` would not give, or None.

    What is hashed begins alike for all episodes of a split, so that beginning is hashed once.
    """
    outer = _keyed(nonce, _OUTER) if protocol != "1" else None
    task = split = None
    from_bytes = int.from_bytes
    environment: Hash = hashlib.sha256()
    policy: Hash = environment
    for index, record in enumerate(records):
        if record.task is not task or record.split is not split:
            task, split = record.task, record.split
            begun = f"{task}|{split}|".encode()
            environment = hashlib.sha256(f"{SEED_VERSION}|".encode() + begun)
            policy = _keyed(nonce, _INNER) if outer else environment.copy()
            if outer:
                policy.update(begun)
        who = b"%d|%d|" % (record.context, record.repeat)
        seed: Hash = environment.copy()
        seed.update(who + b"environment")
        if (expected := from_bytes(seed.digest()[:8], "big") >> 1) != record.env_seed:
            return WrongSeed(index, "env_seed", record.env_seed, expected)
        seed = policy.copy()
        seed.update(who + b"policy")
        if outer:
            inner, seed = seed, outer.copy()
            seed.update(inner.digest())
        if (expected := from_bytes(seed.digest()[:8], "big") >> 1) != record.policy_seed:
            return WrongSeed(index, "policy_seed", record.policy_seed, expected)
    return None


def _keyed(nonce: str, pad: int) -> Hash:
    return hashlib.sha256(bytes(byte ^ pad for byte in nonce.encode().ljust(_BLOCK_BYTES, b"\0")))
