from bundles import made_run, write_submission
from typer.testing import CliRunner

from ilbench.cli.app import app


def test_a_run_is_packed_and_the_next_command_named(tmp_path):
    submission = write_submission(tmp_path / "mine")
    run = made_run(tmp_path / "run", submission)
    out = tmp_path / "bundle"
    said = CliRunner().invoke(
        app, ["submission", "pack", str(run.path), "--out", str(out), "--submission", str(submission)]
    )
    assert said.exit_code == 0
    assert f"ilbench leaderboard check {out}" in said.output
    assert (out / "journal.jsonl.gz").is_file()
