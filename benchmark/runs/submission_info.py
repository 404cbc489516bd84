"""What a run's header says of what was scored, and of the server where it lived."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ilbench.plain_text import one_line

Text = Annotated[str, StringConstraints(max_length=200)]


class SubmissionInfo(BaseModel):
    """What was scored.

    Attributes:
        name: Shown in tables.
        kind: A ``baseline`` by name, a ``folder`` with ``submission.toml``, ``weights`` named behind an
            adapter's prefix, or an ``object``: named by import string, or handed over in memory (`details`
            then says so).
        entry: Import string, folder entry point, prefix with file, or baseline name.
        digest: Digest of weights and code, as far as they are files; equal digests mean equal policies.
        training_seed: Seed of the training, where known.
        privileged: Whether it may look into the simulator; shown as a reference, never ranked.
        details: What the submission says of itself (authors, training data, license, …).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    kind: Literal["baseline", "folder", "weights", "object"]
    entry: str
    digest: str
    training_seed: int | None = None
    privileged: bool = False
    details: dict[str, str] = {}


class Served(BaseModel):
    """What the server of a remote policy said of itself when the run was begun.

    Attributes:
        wire: What it speaks: ``ilbench``, ``openpi`` or ``vla-eval``.
        digest: Of the weights and code that it serves; empty where its wire knows of none. It is the server's
            word: nobody else has seen the weights.
        seeded: Whether its wire carries an episode's seed. Where it does not, a policy that draws random
            numbers acts otherwise every time.
        server: Its software: what it calls itself, and in which version.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    wire: Text
    digest: Text = ""
    seeded: bool
    server: Annotated[dict[Text, Text], Field(max_length=50)] = {}

    def in_words(self) -> str:
        """Returns all of it in one printable line."""
        said = [f"wire {self.wire}, {'with' if self.seeded else 'without'} seeds"]
        said += [f"it says that its digest is {self.digest}"] * bool(self.digest)
        said += [f"{name} {version}" for name, version in self.server.items()]
        return one_line("; ".join(said))
