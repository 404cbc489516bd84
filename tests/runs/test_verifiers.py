from __future__ import annotations

import shutil
import subprocess

import pytest

from ilbench.errors import CorruptFileError, UsageError
from ilbench.runs.attestation import Attestation, Replays, add_attestation, what_is_spoken_of
from ilbench.runs.folder import create_run, load_run, seal
from ilbench.runs.verifiers import VERIFIERS, is_signed, load_verifiers, signed, trusted, verifiers_of
from ilbench.testing.records import make_records, make_run

JANE = '[verifiers."Jane Doe"]\n'
SAME = Replays(num_replayed=1, num_recorded=2)
OTHER = Replays(num_replayed=1, num_recorded=2, differing=("t:test:0:0: success",))
needs_ssh = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="OpenSSH is not installed")


@pytest.fixture
def run(tmp_path):
    made = make_run(make_records([1, 0]), path=tmp_path / "board" / "runs" / "mine")
    create_run(made.path, made.header)
    seal(made)
    (tmp_path / "board" / VERIFIERS).write_text(JANE)
    return load_run(made.path)


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """Two private keys; beside each lies the public one."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("one", "other"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(command, check=True, timeout=60)
    return folder / "one", folder / "other"


def said(run, **of):
    header, records = what_is_spoken_of(run)
    of = {"verifier": "Jane Doe", "at": "2026-11-30T12:00:00", "replays": SAME, **of}
    return Attestation(**{"header": header, "records": records, "command": "c", "seed_hash": "s", **of})


def test_the_word_of_who_is_named_by_the_board_counts(run):
    add_attestation(run, said(run))
    found = trusted(run, "recomputed")
    assert (found.rung, found.by, found.ignored) == ("spot-replayed", "Jane Doe", ())
    assert found.because == "1 of 2 episodes replayed"


def test_nobody_else_s_does(run):
    add_attestation(run, said(run, verifier="John Doe"))
    found = trusted(run, "recomputed")
    assert (found.rung, found.by) == ("recomputed", "")
    assert found.ignored == ("John Doe, 2026-11-30T12:00:00: not named in the board's verifiers.toml",)


def test_without_a_list_nobody_s_does(run):
    (run.path.parents[1] / VERIFIERS).unlink()
    add_attestation(run, said(run))
    assert trusted(run, "recomputed").rung == "recomputed"


def test_a_list_that_came_with_a_submission_does_not_count(run):
    (run.path.parent / VERIFIERS).write_text('[verifiers."John Doe"]\n')
    assert list(verifiers_of(run.path)) == ["Jane Doe"]


def test_an_attestation_lapses_with_the_first_change_of_the_run(run):
    add_attestation(run, said(run))
    file = run.path / "run.json"
    file.write_text(file.read_text() + "\n")
    found = trusted(load_run(run.path), "recomputed")
    assert found.rung == "recomputed"
    assert "about another state of the run: the header changed since" in found.ignored[0]


def test_a_refutation_counts_more_than_any_confirmation(run):
    add_attestation(run, said(run, replays=OTHER))
    add_attestation(run, said(run, at="2027-01-01"))
    found = trusted(run, "recomputed")
    assert (found.rung, found.because) == ("refuted", "t:test:0:0: success")


def test_a_file_that_was_edited_may_hide_a_refutation_so_the_run_is_claimed_and_the_file_named(run):
    file = add_attestation(run, said(run))
    file.write_text(file.read_text().replace("Jane", "Joan"))
    found = trusted(run, "recomputed")
    assert found.rung == "claimed"
    assert "attestations.json" in found.because


@needs_ssh
def test_a_verifier_with_a_key_has_to_sign(run, keys):
    key = keys[0].with_suffix(".pub").read_text().strip()
    (run.path.parents[1] / VERIFIERS).write_text(f'{JANE}key = "{key}"\n')
    add_attestation(run, said(run))
    assert "not signed" in trusted(run, "recomputed").ignored[0]
    add_attestation(run, signed(said(run), keys[0]))
    assert trusted(run, "recomputed").rung == "spot-replayed"


@needs_ssh
def test_a_signature_is_of_one_key_and_of_every_word(run, keys):
    one = signed(said(run), keys[0])
    public = [key.with_suffix(".pub").read_text() for key in keys]
    assert is_signed(one, public[0])
    assert not is_signed(one, public[1])
    assert not is_signed(one.model_copy(update={"replays": OTHER}), public[0])
    assert not is_signed(one.model_copy(update={"signature": "nonsense"}), public[0])


@needs_ssh
def test_a_key_that_is_none_is_refused_in_the_words_of_ssh(run, tmp_path):
    with pytest.raises(UsageError, match="ssh-keygen refused"):
        signed(said(run), tmp_path / "no-key")


@pytest.mark.parametrize("text", ["verifiers = 3", "[verifiers.x]\nage = 3", "[["])
def test_a_list_that_is_none_is_refused(tmp_path, text):
    (tmp_path / VERIFIERS).write_text(text)
    with pytest.raises(CorruptFileError, match=VERIFIERS):
        load_verifiers(tmp_path / VERIFIERS)
