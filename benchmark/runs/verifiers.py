"""Whose attestations count: ``verifiers.toml``, which the keepers of a board own.

Trust begins where a board lives, mostly a repository whose keepers look at every change. The file names whose
word they take; a name with a key counts only with that key's signature, so that a name alone is worth nothing
in a folder that others can write to::

    [verifiers."Jane Doe"]

    [verifiers."Ann Other"]
    key = "ssh-ed25519 AAAAC3Nza…"
"""

from __future__ import annotations

import subprocess
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from ilbench.errors import CorruptFileError, ILBenchError, UsageError
from ilbench.plain_text import one_line
from ilbench.reading import read_bytes, reading
from ilbench.runs.attestation import (
    RUNGS,
    Attestation,
    Rung,
    load_attestations,
    what_is_spoken_of,
)
from ilbench.runs.run_like import RunLike
from ilbench.scratch import scratch_folder
from ilbench.storage import first_problem

VERIFIERS = "verifiers.toml"
MAX_BYTES = 2**20
NAMESPACE = "ilbench-attestation"
"""Of the signatures: one that was made for another purpose is none of these."""
SIGNING_S = 60.0


class Verifier(BaseModel):
    """Somebody whose attestations count.

    Attributes:
        key: Their public SSH key, where they sign.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str | None = None


class _Verifiers(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    verifiers: dict[str, Verifier] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """How far a run is known to be true.

    Attributes:
        rung: The highest that counts; ``refuted`` where anybody who counts refutes it.
        by: Who took it there; empty where its records alone did.
        at: When, UTC.
        because: What was found, in a line; if ``claimed``, why what verifiers said cannot be read.
        ignored: Attestations beside the run that count nothing, with the reason.
    """

    rung: Rung
    by: str = ""
    at: str = ""
    because: str = ""
    ignored: tuple[str, ...] = ()


def load_verifiers(path: Path) -> Mapping[str, Verifier]:
    """Returns who is named in a file.

    Raises:
        CorruptFileError: It is no such file; names field, found and expected.
    """
    with reading(path, "a TOML file of verifiers"):
        content = tomllib.loads(read_bytes(path, MAX_BYTES).decode())
    try:
        return _Verifiers.model_validate(content).verifiers
    except ValidationError as error:
        raise CorruptFileError(path, first_problem(error)) from error


def verifiers_of(folder: Path) -> Mapping[str, Verifier]:
    """Returns whose word counts on a run in `folder`; nobody's where no file above it says so.

    The outermost file counts: one that came with a submission lies deeper than the board's own.

    Raises:
        CorruptFileError: The file is none.
    """
    files = [parent / VERIFIERS for parent in folder.absolute().parents]
    found = [file for file in files if file.is_file()]
    return load_verifiers(found[-1]) if found else {}


def trusted(run: RunLike, own: Rung) -> Trusted:
    """Returns how far a run is known to be true: no further than claimed where what lies beside it is broken.

    Args:
        run: The run.
        own: The rung on which its records stand by themselves.
    """
    try:
        beside = load_attestations(run)
        if not beside:
            return Trusted(rung=own)
        known, spoken_of = verifiers_of(run.path), what_is_spoken_of(run)
    except ILBenchError as error:
        return Trusted(rung="claimed", because=one_line(str(error)))  # what cannot be read may refute it
    reasons = [(one, why_ignored(one, known, spoken_of)) for one in beside]
    counted = [one for one, reason in reasons if reason is None]
    ignored = tuple(
        f"{one_line(one.verifier or 'nobody', 60)}, {one_line(one.at, 30)}: {reason}"
        for one, reason in reasons
        if reason is not None
    )
    refuting = [one for one in counted if one.rung == "refuted"]
    best = max(refuting or counted, key=lambda one: (RUNGS.index(one.rung), one.at), default=None)
    if best is None or (best.rung != "refuted" and RUNGS.index(best.rung) <= RUNGS.index(own)):
        return Trusted(rung=own, ignored=ignored)
    return Trusted(
        rung=best.rung,
        by=one_line(best.verifier, 60),
        at=one_line(best.at, 30),
        because=one_line("; ".join(best.differences) or summary(best)),
        ignored=ignored,
    )


def why_ignored(one: Attestation, known: Mapping[str, Verifier], spoken_of: tuple[str, str]) -> str | None:
    """Returns why an attestation counts nothing, in a line; None where it counts.

    Args:
        one: The attestation.
        known: Whose word counts.
        spoken_of: See `ilbench.runs.attestation.what_is_spoken_of`.
    """
    if one.verifier not in known:
        return f"not named in the board's {VERIFIERS}"
    if (one.header, one.records) != spoken_of:
        part = "records" if one.header == spoken_of[0] else "header"
        return f"it is about another state of the run: the {part} changed since"
    key = known[one.verifier].key
    if key is None:
        return None
    if one.signature is None:
        return "not signed, and the board asks for this verifier's signature"
    return None if is_signed(one, key) else "its signature is not that of the verifier's key"


def summary(one: Attestation) -> str:
    """Returns what an attestation that found no difference has looked at, in a line."""
    said = []
    if one.replays is not None:
        said.append(f"{one.replays.num_replayed} of {one.replays.num_recorded} episodes replayed")
    said += [
        f"{fresh.task} {fresh.fresh.value:.3f} on {fresh.fresh.num_contexts} fresh contexts, "
        f"{fresh.public.value:.3f} on the public ones"
        for fresh in one.fresh
    ]
    return "; ".join(said) or "records checked"


def signed(one: Attestation, key: Path) -> Attestation:
    """Returns an attestation with the signature of a private SSH key, such as ``~/.ssh/id_ed25519``.

    Raises:
        UsageError: ``ssh-keygen`` is not there, or refuses the key.
    """
    with scratch_folder() as folder:
        text = folder / "attestation"
        text.write_text(one.signed_text(), encoding="utf-8")
        _ssh_keygen("-Y", "sign", "-n", NAMESPACE, "-f", str(key), str(text))
        signature = text.with_name("attestation.sig").read_text(encoding="ascii")
    return one.model_copy(update={"signature": signature})


def is_signed(one: Attestation, key: str) -> bool:
    """Returns whether an attestation has a signature by a public SSH key.

    Raises:
        UsageError: ``ssh-keygen`` is not there.
    """
    with scratch_folder() as folder:
        (folder / "allowed").write_text(f'verifier namespaces="{NAMESPACE}" {one_line(key, 4000)}\n')
        (folder / "signature").write_text(one.signature or "", encoding="utf-8")
        command = ["-Y", "verify", "-n", NAMESPACE, "-f", str(folder / "allowed"), "-I", "verifier"]
        command += ["-s", str(folder / "signature")]
        try:
            _ssh_keygen(*command, said=one.signed_text())
        except _RefusedError:
            return False
    return True


class _RefusedError(UsageError):
    """What ssh-keygen says no to."""


def _ssh_keygen(*arguments: str, said: str = "") -> None:
    try:
        done = subprocess.run(
            ["ssh-keygen", *arguments],
            input=said.encode(),
            capture_output=True,
            timeout=SIGNING_S,
            check=False,
        )
    except OSError as error:
        raise UsageError(
            f"ssh-keygen cannot be started ({error.strerror}); signatures need it: install OpenSSH"
        ) from error
    if done.returncode:
        raise _RefusedError(f"ssh-keygen refused: {one_line(done.stderr.decode(errors='replace'), 200)}")
