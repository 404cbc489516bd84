"""``ilbench demos`` on the toy task, and with formats of others."""

from __future__ import annotations

import pytest
from made_up import install
from typer.testing import CliRunner

from ilbench.cli.app import app
from ilbench.demonstrations import InvalidRecipeError, load_demonstrations, load_formats
from ilbench.errors import UnknownNameError
from ilbench.testing.toys import HARBOR

NAME = "ilbench.testing.toys:HARBOR"
FORMAT = """
import pickle
from dataclasses import replace
from ilbench.demonstrations import ForeignSet, Format
from ilbench.testing.toys import HARBOR

def find(path, task):
    return [ForeignSet(task=HARBOR, name="rows-v1", files=(path,), read=read, description="Rows.")]

def read(path):
    return [replace(t, context=-1) for t in pickle.loads(path.read_bytes())]

def write(demonstrations, path, progress=None):
    path.write_bytes(pickle.dumps(demonstrations.trajectories))

VALUE = Format(name="arrays", summary="Rows of arrays.", find=find, write=write)
"""


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ILBENCH_HOME", str(tmp_path / "home"))


def demos(*arguments):
    answer = CliRunner().invoke(app, ["demos", *map(str, arguments)], env={"COLUMNS": "200"})
    failed = answer.exception is not None and not isinstance(answer.exception, SystemExit)
    return answer.exception if failed else answer.output


def test_the_standard_ones_are_made_once_and_found_the_second_time():
    first, second = demos(NAME, "--workers", 1), demos(NAME, "--workers", 1)
    assert "8 with " in first
    assert "modes           2 of 2, 4 to 4 of each" in first
    assert f"checksum        {load_demonstrations(HARBOR).checksum}" in second


def test_other_dials_make_a_data_set_that_is_named_with_the_command_that_trains_on_it():
    shown = demos(NAME, "--count", 4, "--noise", 0.2, "--modes", "0", "--workers", 1)
    made = load_demonstrations(HARBOR, count=4, noise=0.2, modes=[0])
    assert made.mode_counts == {0: 4}
    assert f"train on them   ilbench train BASELINE {NAME} --demonstrations {made.name}" in shown


def test_who_demonstrates_may_be_shares_or_a_word():
    shown = demos(NAME, "--quality", "1:0:1", "--workers", 1)
    assert int(shown.split("successful")[1].split()[0]) < 8
    assert "expected" in demos(NAME, "--quality", "splendid")


@pytest.mark.parametrize(("option", "wrong"), [("--modes", "0;1"), ("--modes", "left")])
def test_what_is_no_list_of_indices_is_refused_with_what_was_found(option, wrong):
    assert f"found '{wrong}'" in demos(NAME, option, wrong)


def test_dials_that_the_task_cannot_serve_are_refused():
    assert isinstance(demos(NAME, "--modes", "7"), InvalidRecipeError)
    assert isinstance(demos(NAME, "--expert", "nobody"), UnknownNameError)


@pytest.mark.parametrize("command", [("import", "zzz", "."), ("export", "zzz", NAME, "out")])
def test_a_format_that_there_is_not_is_answered_with_those_that_there_are(command):
    answer = demos(*command)
    assert isinstance(answer, UnknownNameError)
    assert "robomimic" in str(answer) or "did you mean" in str(answer)
    assert "robomimic" in load_formats()


def test_demonstrations_go_out_in_a_format_of_another_package_and_come_back(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    install(tmp_path, "formats", FORMAT)
    shown = demos("export", "arrays", NAME, tmp_path / "rows.npz", "--count", 4)
    assert f"written to      {tmp_path / 'rows.npz'}" in shown
    assert "replace it with --overwrite" in str(demos("export", "arrays", NAME, tmp_path / "rows.npz"))
    assert "demonstrations  4 with " in demos("import", "arrays", tmp_path / "rows.npz")
    theirs, ours = load_demonstrations(HARBOR, source="rows-v1"), load_demonstrations(HARBOR, count=4)
    assert [len(t) for t in theirs.trajectories] == [len(t) for t in ours.trajectories]


IMPOSSIBLE = {
    "--count": (0, -1, 10**18, 10**30),
    "--transitions": (0, -3, 10**18),
    "--levels": (0, 10**18),
    "--noise": ("nan", "inf", "-inf", -1, 1e300),
    "--noisy-strength": ("nan", "inf", 1e300),
    "--extraneous": ("nan", -0.1, 1.1),
    "--extraneous-steps": (0, 10**18),
    "--truncated": ("nan", 2),
    "--mislabeled": ("nan", 2),
    "--modes": ("9", "-1", "0,0"),
}


@pytest.mark.parametrize("option", IMPOSSIBLE)
def test_a_number_that_no_data_set_can_be_made_with_is_refused_at_once(option):
    for value in IMPOSSIBLE[option]:
        assert isinstance(demos(NAME, f"{option}={value}", "--workers", 1), InvalidRecipeError)


@pytest.mark.parametrize("text", ["nan:1:1", "1:inf:1", "-1:1:1", "0:0:0", "1:2", "1e400:1:1", "x" * 10_000])
def test_shares_that_are_none_are_refused(text):
    told = demos(NAME, f"--quality={text}", "--workers", 1)
    assert isinstance(told, InvalidRecipeError) or "expected expert, noisy, random, mixed" in told
