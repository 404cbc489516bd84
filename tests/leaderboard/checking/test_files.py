import os

import pytest
from bundles import problems_of

from ilbench.leaderboard.checking import files
from ilbench.runs.attestation import save_attestations


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_what_is_no_regular_file_is_named(bundle, kind):
    (bundle / "README.md").unlink()
    if kind == "link":
        (bundle / "README.md").symlink_to("/etc/hostname")
    else:
        os.mkfifo(bundle / "README.md")
    assert any(line.startswith("README.md: found a ") for line in problems_of(bundle))


def test_a_file_that_is_too_large_is_named_and_not_read(bundle, monkeypatch):
    monkeypatch.setattr(files, "LIMITS", {**files.LIMITS, "README.md": 10})
    assert any("README.md: found" in line and "at most 10" in line for line in problems_of(bundle))


def test_a_character_that_a_terminal_could_obey_is_named_with_its_line(bundle):
    (bundle / "submission" / "policy.py").write_text("a = 1\n# \x1b[2J\n")
    assert any("policy.py:2: found the character U+001B" in line for line in problems_of(bundle))


def test_other_names_have_no_place_in_a_bundle(bundle):
    (bundle / "virus.exe").write_bytes(b"MZ")
    assert any("virus.exe: found a file, expected no such file" in line for line in problems_of(bundle))


def test_attestations_may_come_later(bundle):
    save_attestations(bundle / "attestations.json", [])
    assert problems_of(bundle) == []
