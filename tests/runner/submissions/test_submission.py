"""Submissions: what a folder, an import string or an object is resolved to."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from ilbench.contract.registry import find_task
from ilbench.errors import InvalidSubmissionError
from ilbench.runner.submissions.covered import UncoveredFileError
from ilbench.runner.submissions.placement import Placement
from ilbench.runner.submissions.submission import load_folder, load_import_string, take_object
from ilbench.runs.submitted import files_digest

TASKS = ("d3il/avoiding-v3",)
PLAYED = tuple(map(find_task, TASKS))
VALID = 'name = "mine"\nentry = "policy:Policy"\n'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ILBENCH_HOME", str(tmp_path / "home"))
    (tmp_path / "submission.toml").write_text(VALID)
    (tmp_path / "policy.py").write_text("class Policy:\n    def act(self, observation):\n        return 0\n")
    return tmp_path


def loaded(folder):
    with load_folder(folder, PLAYED) as submission:
        return submission


def test_a_folder_runs_in_a_process_of_its_own_with_its_own_modules_first(folder):
    submission = loaded(folder)
    spec = submission.policies[TASKS[0]]
    (place,) = map(Path, spec.search_path)
    assert (spec.place, spec.load, place.name) == ("process", "policy:Policy", folder.name)
    assert submission.info.name == "mine"


def test_the_submission_says_what_each_of_its_files_is(folder):
    with load_folder(folder, PLAYED) as submission:
        assert set(submission.files) == {"policy.py", "submission.toml"}
        assert submission.info.digest == files_digest(submission.files)


def test_workers_load_what_was_hashed(folder):
    with load_folder(folder, PLAYED) as submission:
        (folder / "policy.py").write_text("raise ImportError")
        (loaded,) = submission.policies[TASKS[0]].search_path
        assert (Path(loaded) / "policy.py").read_text().startswith("class Policy")


def test_a_task_that_the_file_leaves_out_is_not_played(folder):
    (folder / "submission.toml").write_text(VALID + 'tasks = ["procgen/maze-v2"]\n')
    with pytest.raises(
        InvalidSubmissionError, match=r"submission.toml: field 'tasks' does not name 'd3il/av"
    ):
        loaded(folder)


def test_a_submission_file_that_changes_between_reading_and_copying_is_found(folder, monkeypatch):
    def changing(python, said_by, sandbox):
        (folder / "submission.toml").write_text(VALID + 'entry = "other:Policy"')
        return {}

    monkeypatch.setattr("ilbench.runner.submissions.submission.packages_of", changing)
    (folder / "submission.toml").write_text(VALID + 'python = "python"')
    with pytest.raises(UncoveredFileError, match=r"submission.toml: it changed while it was copied"):
        loaded(folder)


def test_an_import_string_is_found_from_the_working_directory(folder, monkeypatch):
    monkeypatch.chdir(folder)
    submission = load_import_string("policy:Policy", TASKS)
    assert submission.policies[TASKS[0]].place == "inline"
    with pytest.raises(InvalidSubmissionError, match="cannot load 'policy:Polcy'"):
        load_import_string("policy:Polcy", TASKS)


WRONG_PYTHONS = [
    ("nowhere/python", "which cannot be run (No such file or directory); a relative path starts at"),
    ("policy.py", "which cannot be run (Permission denied)"),
    ("/bin/false", "which answered: exit code 1"),
    ("/bin/echo", "which answered: print(json.dumps"),
]


@pytest.mark.parametrize(("python", "found"), WRONG_PYTHONS)
def test_a_wrong_interpreter_is_found_out_before_anything_starts(folder, python, found):
    (folder / "submission.toml").write_text(VALID + f'python = "{python}"\n')
    with pytest.raises(InvalidSubmissionError) as caught:
        loaded(folder)
    assert "field 'python': expected an interpreter of Python 3.8 or later with NumPy" in str(caught.value)
    assert found in str(caught.value)


def test_the_policys_own_interpreter_stays_where_it_is_and_is_no_part_of_the_digest(folder):
    (folder / "submission.toml").write_text(VALID + 'python = "env/bin/python"')
    before = Path(sys.executable).resolve()
    (folder / "env" / "bin").mkdir(parents=True)
    (folder / "env" / "bin" / "python").symlink_to(before)
    (folder / "env" / "pyvenv.cfg").write_text(
        f"home = {before.parent}\ninclude-system-site-packages = true\n"
    )
    submission = loaded(folder)
    assert submission.policies[TASKS[0]].python == str(folder / "env" / "bin" / "python")
    assert set(submission.files) == {"policy.py", "submission.toml"}


def test_the_policys_own_interpreter_is_asked_what_it_has(folder):
    (folder / "submission.toml").write_text(VALID + f'python = "{sys.executable}"\n')
    assert loaded(folder).packages["numpy"] == np.__version__
    (folder / "submission.toml").write_text(VALID)
    assert loaded(folder).packages == {}


class Weighted:
    def __init__(self, value):
        self.value = value

    def act(self, observation):
        return self.value

    def state_dict(self):
        return {"value": self.value}


class Unweighted:
    def act(self, observation):
        return 0


def test_the_digest_of_an_object_is_that_of_its_weights_and_code():
    one, same, other = (take_object(Weighted(np.array([x])), TASKS).info for x in (1.0, 1.0, 2.0))
    assert one.digest == same.digest != other.digest
    assert take_object(Unweighted(), TASKS).info.digest not in {one.digest, other.digest}


def test_an_object_is_said_to_be_one_in_memory():
    info = take_object(Unweighted(), TASKS).info
    assert (info.name, info.kind, info.details) == ("Unweighted", "object", {"policy": "an object in memory"})
    assert take_object(Unweighted, TASKS, "mine").info.name == "mine"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("", None),
        ('arithmetic = "native"', "native"),
        ('python = "python"', "native"),
        ('python = "python"\narithmetic = "fixed"', "fixed"),
    ],
)
def test_a_policy_computes_as_the_harness_unless_its_environment_is_its_own(
    folder, monkeypatch, lines, expected
):
    monkeypatch.setattr("ilbench.runner.submissions.submission.packages_of", lambda *asked: {})
    (folder / "submission.toml").write_text(VALID + lines)
    assert loaded(folder).policies[TASKS[0]].arithmetic == expected


def test_an_arithmetic_of_its_own_needs_a_process_of_its_own(folder):
    (folder / "submission.toml").write_text(VALID + 'arithmetic = "native"')
    with (
        pytest.raises(InvalidSubmissionError, match="field 'arithmetic': 'native' needs a process"),
        load_folder(folder, PLAYED, Placement(place="inline")),
    ):
        pass
