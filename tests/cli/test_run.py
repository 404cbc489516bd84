"""``ilbench run``: folders, and what is said about them."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from ilbench.cli.app import app
from ilbench.cli.run import _report
from ilbench.testing.records import make_record, make_run

TASK = "d3il/avoiding-v3"
POLICY = "def act(observation):\n    return [0.0, 0.01]\n"


@pytest.fixture
def play(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "submission.toml").write_text('name = "mine"\nentry = "policy:act"\n')

    def run(policy, *options):
        (tmp_path / "mine" / "policy.py").write_text(policy)
        asked = ["run", "./mine", "--task", TASK, "--split", "test", "--repeats", "1", "--workers", "1"]
        answer = CliRunner().invoke(app, [*asked, *options])
        assert answer.exception is None, answer.exception
        return re.search(r"run folder: (\S+)", answer.output)[1]

    return run


def test_an_edited_policy_gets_a_fresh_folder_by_itself_and_the_same_one_its_own(play):
    first, second = play(POLICY), play(POLICY + "# edited\n")
    assert second == f"{first}-2"
    assert (play(POLICY), play(POLICY + "# edited\n")) == (first, second)


def test_a_folder_of_its_own_is_replaced_when_asked_to(play):
    play(POLICY, "--out", "run")
    with pytest.warns(UserWarning, match="replaced in run: the run of 'mine'"):
        assert play(POLICY + "# edited\n", "--out", "run", "--overwrite") == "run"


def test_environment_errors_in_the_folder_are_an_exit_code_and_a_way_out(capsys):
    failed = make_record(0, repeat=1, status="env_error", task=TASK)
    with pytest.raises(SystemExit) as ended:
        _report(make_run([make_record(0, task=TASK), failed]), (), 0)
    assert ended.value.code == 1
    assert "1 of 2 episodes have no result" in capsys.readouterr().err


def test_a_whole_run_ends_as_commands_do(capsys):
    _report(make_run([make_record(0, task=TASK)]), (), 0)
    assert "no result" not in capsys.readouterr().err
