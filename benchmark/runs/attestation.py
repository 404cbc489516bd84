"""What others found when they examined a run: ``attestations.json`` beside its header, and what it is worth.

A run folder is its author's word. An attestation is somebody else's: it names the header and the records that
it speaks of by their digests, so that it lapses with the first change of either. Whose word counts on a board
is said by `VERIFIERS`, a file that the board's keepers own: see `ilbench.runs.verifiers`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from ilbench.digest import bytes_digest, canonical_json
from ilbench.errors import CorruptFileError
from ilbench.reading import read_bytes
from ilbench.runs.digested_json import digest_problem, read_json_object, to_digested_json
from ilbench.runs.folder import HEADER, Run
from ilbench.runs.records_digest import records_digest
from ilbench.runs.run_like import RunLike
from ilbench.storage import first_problem, write_atomically

ATTESTATIONS = "attestations.json"
"""File of what verifiers say of a run; written after a bundle was packed, so no manifest names it."""
"""Name of the file, in the run folder."""

REMEDY = "restore the file, or delete it and verify the run again"
HEADER_BYTES = 64 * 2**20

Rung: TypeAlias = Literal[
    "refuted", "claimed", "recomputed", "spot-replayed", "re-run", "confirmed on fresh contexts"
]
"""How far a run is known to be true, the least first; what each proves is said in ``docs/trust.md``."""

RUNGS: tuple[Rung, ...] = get_args(Rung)

Verdict: TypeAlias = Literal["agrees", "differs", "undecided"]


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Replays(_Said):
    """Episodes of a run that were played again from its submission.

    Attributes:
        num_replayed: How many.
        num_recorded: Of so many.
        episodes: Which, as ``TASK:SPLIT:CONTEXT:REPEAT``; empty where it was all of them.
        differing: Each that did not end as recorded, with the fields in which it differs.
        found_out_from: The least share of changed episodes that these replays would have found out with a
            probability of 95 %, however the changes are placed; None where no share would.
    """

    num_replayed: int
    num_recorded: int
    episodes: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()
    found_out_from: float | None = None

    @property
    def are_all(self) -> bool:
        """Whether every recorded episode was played again."""
        return self.num_replayed == self.num_recorded


class Rate(_Said):
    """A success rate with its interval and what it is of.

    Attributes:
        value: In [0, 1].
        low: Lower end.
        high: Upper end.
        num_contexts: Contexts.
        num_episodes: Episodes on them.
    """

    value: float
    low: float
    high: float
    num_contexts: int
    num_episodes: int


class FreshFinding(_Said):
    """How a policy did on contexts that nobody had seen, beside what was published.

    Attributes:
        task: Id of the task.
        public: Success on the run's ``test`` contexts.
        fresh: Success on the fresh ones.
        loss: `public` less `fresh`.
        low: Lower end of its interval of 95 %.
        high: Upper end.
        sure_loss: Lower end of its interval of 99 % for all tasks of the run together (Bonferroni).
        verdict: ``differs`` where `sure_loss` is above 0; ``agrees`` where `low` is not and the interval is
            narrow enough to have shown a loss; else ``undecided``.
        contexts: Digest of the fresh contexts.
        records: Digest of their records.
    """

    task: str
    public: Rate
    fresh: Rate
    loss: float
    low: float
    high: float
    sure_loss: float
    verdict: Verdict
    contexts: str
    records: str


class Attestation(_Said):
    """What a verifier found out about a run.

    Attributes:
        format: Version of its form.
        header: Digest of the bytes of ``run.json``.
        records: Digest of the records, times aside.
        verifier: Who; empty while nobody has put a name to it.
        at: UTC time, ISO 8601.
        command: What was typed, or called.
        packages: Versions under which was played.
        submission: Digest of the submission that was played; empty where nothing was.
        other_submission: In what it is not the run's; empty where it is, as far as that can be told.
        sandbox: How its process was confined.
        seed_hash: SHA-256 of the seed by which episodes and fresh contexts were drawn.
        seed: The seed itself, once its owner tells it: everybody can then draw the same.
        problems: What in the records cannot be.
        drift: What is not as it was when the run was made, so that a difference proves nothing.
        replays: What was played again; None where nothing was.
        fresh: What came of fresh contexts, by task.
        without_fresh: Tasks of the run of which no fresh context can be drawn, with the reason.
        signature: An armored SSH signature of all else, where the verifier has a key.
    """

    format: Literal[1] = 1
    header: str
    records: str
    verifier: str = ""
    at: str
    command: str
    packages: dict[str, str] = {}
    submission: str = ""
    other_submission: str = ""
    sandbox: str = "none"
    seed_hash: str
    seed: str | None = None
    problems: tuple[str, ...] = ()
    drift: tuple[str, ...] = ()
    replays: Replays | None = None
    fresh: tuple[FreshFinding, ...] = ()
    without_fresh: dict[str, str] = {}
    signature: str | None = None

    @property
    def differences(self) -> tuple[str, ...]:
        """What speaks against the run, a line each; empty where nothing does."""
        replayed = self.replays.differing if self.replays else ()
        worse = tuple(_said_of(one) for one in self.fresh if one.verdict == "differs")
        return (*self.problems, *replayed, *worse)

    @property
    def rung(self) -> Rung:
        """How far up the run it takes the run that it is about.

        Differences under other packages, or of another submission, prove nothing: what is left is then what
        the records show by themselves. Fresh contexts say that the policy does as well elsewhere, not that
        the records came of it, so they count only together with replays.
        """
        replayed = self.replays if self.replays and self.replays.num_replayed else None
        is_comparable = not (self.drift or self.other_submission)
        if self.problems or (self.differences and is_comparable):
            return "refuted"
        if replayed is None or self.differences or self.other_submission:
            return "recomputed"
        if self.fresh and all(one.verdict == "agrees" for one in self.fresh):
            return "confirmed on fresh contexts"
        return "re-run" if replayed.are_all else "spot-replayed"

    def signed_text(self) -> str:
        """Returns what a signature is of."""
        return canonical_json(self.model_dump(mode="json", exclude={"signature"}))


_ALL = TypeAdapter(tuple[Attestation, ...])


def what_is_spoken_of(run: RunLike) -> tuple[str, str]:
    """Returns the digests of a run's header, as it lies on disk, and of its records.

    Raises:
        CorruptFileError: The header cannot be read.
    """
    header = bytes_digest(read_bytes(run.path / HEADER, HEADER_BYTES))
    return header, records_digest(run).digest


def load_attestations(run: Run | RunLike) -> tuple[Attestation, ...]:
    """Returns what lies beside a run, whoever wrote it, whether it fits or not.

    Raises:
        CorruptFileError: The file was edited, or holds something else.
    """
    path = run.path / ATTESTATIONS
    if not path.is_file():
        return ()
    content = read_json_object(path)
    if problem := digest_problem(content):
        raise CorruptFileError(path, problem, remedy=REMEDY)
    try:
        return _ALL.validate_python(content.get("attestations"), strict=False)
    except ValidationError as error:
        raise CorruptFileError(path, first_problem(error), remedy=REMEDY) from error


def add_attestation(run: Run | RunLike, attestation: Attestation) -> Path:
    """Writes an attestation beside a run, after those that are there, and returns the file.

    Raises:
        CorruptFileError: What is there was edited.
        StorageError: The disk refused.
    """
    path = run.path / ATTESTATIONS
    save_attestations(path, (*load_attestations(run), attestation))
    return path


def save_attestations(path: Path, attestations: Sequence[Attestation]) -> None:
    """Writes attestations into a file.

    Raises:
        StorageError: The disk refused.
    """
    said = [one.model_dump(mode="json") for one in attestations]
    write_atomically(path, to_digested_json({"attestations": said}))


def _said_of(one: FreshFinding) -> str:
    return (
        f"{one.task}: success {one.public.value:.3f} on the public test contexts, {one.fresh.value:.3f} on "
        f"{one.fresh.num_contexts} fresh ones: a loss of {one.loss:.3f} [{one.low:.3f}, {one.high:.3f}]"
    )
