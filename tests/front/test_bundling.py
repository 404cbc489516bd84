"""Packing: the same bytes twice, read where they lie; checking: bundles beside the runs of a board."""

import json
import shutil
from pathlib import Path

import pytest
from bundles import TASK, made_bundle, made_run, problems_of, write_submission

import ilbench
from ilbench.errors import InvalidSubmissionError, RunFolderError, UsageError
from ilbench.front.bundling import check_bundles, pack
from ilbench.runs.attestation import save_attestations
from ilbench.runs.folder import JOURNAL, load_run, load_runs

RESULTS = Path(__file__).parents[2] / "results" / "runs" / "random"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Returns a folder with a submission, its run and its bundle."""
    folder = tmp_path_factory.mktemp("home")
    made_bundle(folder)
    return folder


def content(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_same_run_gives_the_same_bytes(home, tmp_path):
    again = pack(home / "run", out=tmp_path / "again", submission=home / "mine")
    assert content(again) == content(home / "bundle")


def test_a_bundle_packed_again_is_the_same_bundle(home, tmp_path):
    again = pack(home / "bundle", out=tmp_path / "again", submission=home / "mine")
    assert content(again) == content(home / "bundle")


def test_whatever_reads_runs_reads_a_bundle(home):
    assert load_run(home / "bundle").records == load_run(home / "run").records
    assert ilbench.score(home / "bundle") == ilbench.score(home / "run")
    assert len(load_runs(home)) == 2


def test_a_board_takes_a_bundle_where_it_lies(home):
    row = ilbench.leaderboard(home / "bundle", preset="smoke").rows[0]
    assert (row.name, row.split(TASK).success.value) == ("straight ahead", 0.5)


def test_what_verifiers_said_goes_with_the_header_that_it_is_about(home, tmp_path):
    run = shutil.copytree(home / "run", tmp_path / "run")
    save_attestations(run / "attestations.json", ())
    out = pack(run, out=tmp_path / "out", submission=home / "mine")
    assert all((out / n).read_bytes() == (run / n).read_bytes() for n in ("run.json", "attestations.json"))
    assert problems_of(out) == []


def test_weights_stay_out_unless_they_are_asked_for(home, tmp_path):
    assert "submission/weights.bin" not in content(home / "bundle")
    assert json.loads((home / "bundle" / "bundle.json").read_text())["left_out"].keys() == {"weights.bin"}
    whole = pack(home / "run", out=tmp_path / "whole", submission=home / "mine", weights=True)
    assert (whole / "submission" / "weights.bin").read_bytes() == (home / "mine" / "weights.bin").read_bytes()
    assert problems_of(whole) == []


def test_another_submission_than_the_one_that_was_played_is_refused_by_its_file(home, tmp_path):
    other = write_submission(tmp_path / "mine")
    (other / "weights.bin").write_bytes(b"\0other")
    with pytest.raises(InvalidSubmissionError, match=r"weights.bin changed"):
        pack(home / "run", out=tmp_path / "out", submission=other)
    assert not (tmp_path / "out").exists()


def test_a_folders_code_has_to_be_named(home, tmp_path):
    with pytest.raises(UsageError, match="--submission PATH"):
        pack(home / "run", out=tmp_path / "out")


def test_nothing_is_overwritten(home):
    with pytest.raises(RunFolderError, match="is not empty"):
        pack(home / "run", out=home / "bundle", submission=home / "mine")


def test_a_run_that_is_not_whole_is_not_packed(home, tmp_path):
    run = made_run(tmp_path / "run", home / "mine")
    lines = (run.path / JOURNAL).read_bytes().splitlines(keepends=True)
    (run.path / JOURNAL).write_bytes(b"".join(lines[:-2]))
    with pytest.raises(RunFolderError, match="lacks 2 of its episodes"):
        pack(run.path, out=tmp_path / "out", submission=home / "mine")


def test_a_submission_file_that_says_otherwise_than_the_header_is_a_problem(home, tmp_path):
    bundle = shutil.copytree(home / "bundle", tmp_path / "bundle")
    file = bundle / "submission" / "submission.toml"
    file.write_text(file.read_text().replace("MIT", "GPL-3.0-only"))
    checks, _, _ = check_bundles([bundle])
    assert any("submission.toml: field 'details'" in str(problem) for problem in checks[0].problems)


def test_a_check_shows_the_board_before_and_after(home):
    checks, before, after = check_bundles([home / "bundle"], among=[RESULTS])
    assert len(after.rows) == len(before.rows) + 1
    assert any("field 'preset': found smoke" in str(problem) for problem in checks[0].problems)
