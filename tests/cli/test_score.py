"""``ilbench score``: what is printed of runs of the real toy task."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import ilbench
from ilbench.cli.app import app
from ilbench.errors import CorruptFileError, UnknownNameError
from ilbench.runs.digested_json import to_digested_json
from ilbench.runs.folder import JOURNAL
from ilbench.testing.toys import HARBOR

NAME = "ilbench.testing.toys:HARBOR"


def ahead(observation):
    return np.ones(1)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "ahead"
    return ilbench.run(ahead, task=HARBOR, split="all", contexts=4, out=folder)


def score(run, *options):
    answer = CliRunner().invoke(app, ["score", str(run.path), *options], env={"COLUMNS": "200"})
    return answer.output if answer.exception is None else answer.exception


def row(shown, split):
    return next(line.rstrip() for line in shown.splitlines() if f"  {split}  " in line)


def test_a_split_is_a_line_with_success_its_interval_and_n(run):
    shown = score(run, "--task", NAME)
    assert shown.startswith("ahead (custom)\n")
    assert " 100.0% [51.0," in row(shown, "test")  # Wilson's interval of 4 of 4
    assert row(shown, "test").split()[:3] == [HARBOR.id, "test", "4×1×1"]


@pytest.mark.parametrize("width", ["40", "80", "140"])
def test_the_id_of_a_task_and_every_interval_are_shown_whole_at_any_width(run, width):
    shown = CliRunner().invoke(app, ["score", str(run.path)], env={"COLUMNS": width}).output
    assert HARBOR.id in shown
    assert shown.count("100.0% [51.0, 100.0]") >= 3
    assert max(len(line.rstrip()) for line in shown.splitlines()) <= int(width)


def test_another_interval_is_another_interval(run):
    assert " 100.0% [39.8," in row(score(run, "--task", NAME, "--interval", "clopper-pearson"), "test")


def test_what_is_lost_under_a_shift_and_over_its_severities_is_said(run):
    shown = score(run, "--task", NAME)
    assert "shift/current-1" in shown
    (curve,) = [line for line in shown.splitlines() if line.split()[:2] == [HARBOR.id, "current"]]
    assert curve.split()[2] == "100.0%"


def test_the_json_has_the_scores_that_python_has(run):
    (scores,) = json.loads(score(run, "--task", NAME, "--json"))[str(run.path)]
    expected = ilbench.score(run, tasks=[HARBOR])[HARBOR.id].splits["test"].success
    assert scores["splits"]["test"]["success"]["value"] == expected.value


def test_an_incomplete_run_says_how_much_is_missing(run, tmp_path):
    half = tmp_path / "half"
    half.mkdir()
    (half / "run.json").write_bytes((run.path / "run.json").read_bytes())
    lines = (run.path / JOURNAL).read_bytes().splitlines(keepends=True)
    (half / JOURNAL).write_bytes(b"".join(lines[:5]))
    shown = CliRunner().invoke(app, ["score", str(half), "--task", NAME]).output
    assert f"incomplete: {len(lines) - 5} episodes to play" in shown


def test_a_run_is_scored_by_the_task_that_it_carries_as_by_the_task_itself(run):
    assert score(run) == score(run, "--task", NAME)
    assert ilbench.score(run) == ilbench.score(run, tasks=[NAME]) == ilbench.score(run, tasks=[HARBOR])


def edited(run, folder, edit):
    """Returns a copy of a run whose header says something else, as somebody could write it."""
    copy = Path(shutil.copytree(run.path, folder / "copy"))
    header = json.loads((copy / "run.json").read_text())
    del header["digest"]
    edit(header)
    (copy / "run.json").write_text(to_digested_json(header))
    return replace(run, path=copy)


def test_a_task_that_nobody_declares_nor_carries_must_be_named(run, tmp_path):
    old = edited(run, tmp_path, lambda header: header.pop("undeclared"))
    assert isinstance(score(old), UnknownNameError)
    assert " 100.0% " in row(score(old, "--task", NAME), "test")


TRAP = "import pathlib\npathlib.Path(__file__).with_name('sprung').touch()\n"


@pytest.mark.parametrize("command", [["score"], ["score", "--json"], ["leaderboard"], ["compare"]])
def test_code_that_a_run_names_is_not_imported(run, tmp_path, monkeypatch, command):
    def bait(header):
        task = header["undeclared"][HARBOR.id]
        names = {
            "env": "trap:Env",
            "make_contexts": "trap:make",
            "expert": "trap:Expert",
            "data": "trap:data",
        }
        task.update(names, contexts_of="trap:other", layouts="trap:Layouts")

    copy = edited(run, tmp_path, bait)
    (tmp_path / "trap.py").write_text(TRAP)
    monkeypatch.syspath_prepend(tmp_path)
    runs = [str(copy.path)] * (2 if command == ["compare"] else 1)
    answer = CliRunner().invoke(app, [*command, *runs])
    assert answer.exception is None, answer.exception
    assert not (tmp_path / "sprung").exists()


def test_a_forged_task_is_an_error_that_names_the_file(run, tmp_path):
    forged = edited(run, tmp_path, lambda header: header["undeclared"][HARBOR.id].update(horizon=0))
    assert isinstance(score(forged), CorruptFileError)
    assert "run.json: " in str(score(forged))
    assert "horizon must be at least 1, found 0" in str(score(forged))
