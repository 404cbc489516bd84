"""The template of a submissions repository: its script on a real git repository, its workflows' rights."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import ilbench
from ilbench.contract.registry import load_registry
from ilbench.leaderboard.checking.check import check_bundle

TEMPLATE = Path(__file__).parents[2] / "examples" / "submissions-repository"
BUNDLE = Path("submissions") / "straight-ahead"
ILBENCH = Path(sys.executable).with_name("ilbench")
WHO = ("-c", "user.name=A", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false")

pytestmark = pytest.mark.skipif(
    not (shutil.which("git") and ILBENCH.is_file()), reason="needs git and the installed command"
)


def git(folder, *arguments):
    subprocess.run(["git", *WHO, *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder, message):
    git(folder, "add", "-A")
    git(folder, "commit", "-m", message)


def checked(folder, base="main"):
    """Returns the exit code of the script and the comment that it wrote."""
    comment = folder / "comment.md"
    settings = {**os.environ, "ILBENCH": str(ILBENCH), "COMMENT": str(comment)}
    done = subprocess.run(
        ["./check.sh", base], cwd=folder, env=settings, capture_output=True, text=True, check=False
    )
    return done.returncode, comment.read_text()


@pytest.fixture
def repository(tmp_path):
    """Returns a clone of the template as it is before the first submission, on a branch of its own."""
    folder = shutil.copytree(TEMPLATE, tmp_path / "repository", ignore=lambda *_: ["straight-ahead"])
    git(folder, "init", "--initial-branch=main")
    commit(folder, "the template")
    git(folder, "checkout", "-b", "mine")
    return folder


def test_a_pull_request_without_a_bundle_is_none_of_the_scripts_business(repository):
    (repository / "README.md").write_text("# Mine\n")
    commit(repository, "another text")
    assert checked(repository) == (0, "No bundle changed since main.\n")


def test_a_sound_bundle_is_commented_with_its_row_and_an_edited_one_with_its_problems(repository):
    shutil.copytree(TEMPLATE / BUNDLE, repository / BUNDLE)
    commit(repository, "a bundle")
    code, comment = checked(repository)
    assert code == 0
    assert "## straight-ahead: sound" in comment
    card = repository / BUNDLE / "README.md"
    card.write_text(card.read_text().replace("0.00", "1.00"))
    commit(repository, "a better card")
    code, comment = checked(repository)
    assert code == 1
    assert "README.md" in comment.partition("### Problems")[2]


def test_the_bundle_is_verified_from_its_own_files_and_stands_higher_on_the_board(bwrap, tmp_path):
    bundle = shutil.copytree(TEMPLATE / BUNDLE, tmp_path / "bundle")
    (tmp_path / "verifiers.toml").write_text('[verifiers."Jane Doe"]\n')
    found = ilbench.verify_run(
        bundle, policy=bundle / "submission", replays=2, workers=1, verifier="Jane Doe"
    )
    assert (found.rung, found.sandbox) == ("spot-replayed", "bwrap")
    (row,) = ilbench.leaderboard(bundle).rows
    assert (row.verification, row.evidence.by) == ("spot-replayed", "Jane Doe")
    assert check_bundle(bundle, load_registry()).is_sound


def test_what_runs_on_strangers_bundles_has_no_secrets_and_what_writes_runs_nothing_of_theirs():
    check, comment = (
        (TEMPLATE / ".github" / "workflows" / f"{name}.yml").read_text() for name in ("check", "comment")
    )
    assert "pull_request_target" not in check + comment
    assert "secrets." not in check
    assert "write" not in check.partition("permissions:")[2].partition("jobs:")[0]
    assert "checkout" not in comment
    assert "- run:" not in comment
