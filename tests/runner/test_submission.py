from __future__ import annotations

import sys

import numpy as np
import pytest

from ilbench.errors import InvalidSubmissionError
from ilbench.runner.submission import folder_digest, load_folder, load_import_string, take_object

TASKS = ("d3il/avoiding-v2",)
VALID = 'name = "mine"\nentry = "policy:Policy"\n'


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "submission.toml").write_text(VALID)
    (tmp_path / "policy.py").write_text("class Policy:\n    def act(self, observation):\n        return 0\n")
    return tmp_path


def test_a_folder_runs_in_a_process_of_its_own_with_its_own_modules_first(folder):
    submission = load_folder(folder, TASKS)
    spec = submission.policies[TASKS[0]]
    assert (spec.place, spec.load, spec.search_path) == ("process", "policy:Policy", (str(folder),))
    assert submission.info.name == "mine"


@pytest.mark.parametrize("key", ["license", "licence"])
def test_the_license_is_read_in_both_spellings(folder, key):
    (folder / "submission.toml").write_text(f'{VALID}{key} = "MIT"\n')
    assert load_folder(folder, TASKS).info.details["license"] == "MIT"


def test_the_digest_changes_with_any_file_and_not_with_caches(folder):
    before = folder_digest(folder)
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "x.pyc").write_text("x")
    assert folder_digest(folder) == before
    (folder / "weights.bin").write_bytes(b"0")
    assert folder_digest(folder) != before


BAD = [
    ('name = "mine"\n', r"field 'entry' is missing; add a line such as: entry = \"policy:Policy\""),
    (VALID + "color = 1\n", r"field 'color' is unknown; known: name, entry"),
    ('name = "mine"\nentry = "policy.py"\n', r"field 'entry': expected an import string.*found 'policy.py'"),
    ("name = \n", "not valid TOML"),
    (VALID + 'tasks = ["procgen/maze-v2"]\n', r"field 'tasks' does not name 'd3il/avoiding-v2'"),
    (VALID + 'training_seed = "one"\n', r"field 'training_seed': .*found 'one'"),
]


@pytest.mark.parametrize(("content", "message"), BAD)
def test_a_faulty_submission_file_is_named_with_field_and_remedy(folder, content, message):
    (folder / "submission.toml").write_text(content)
    with pytest.raises(InvalidSubmissionError, match=r"submission\.toml: " + message):
        load_folder(folder, TASKS)


def test_a_folder_without_a_submission_file_says_what_it_needs(tmp_path):
    with pytest.raises(InvalidSubmissionError, match=r"it has no submission\.toml; it needs at least"):
        load_folder(tmp_path, TASKS)


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
        load_folder(folder, TASKS)
    assert "field 'python': expected an interpreter of Python 3.8 or later with NumPy" in str(caught.value)
    assert found in str(caught.value)


def test_the_policys_own_interpreter_is_asked_what_it_has(folder):
    (folder / "submission.toml").write_text(VALID + f'python = "{sys.executable}"\n')
    assert load_folder(folder, TASKS).packages["numpy"] == np.__version__
    (folder / "submission.toml").write_text(VALID)
    assert load_folder(folder, TASKS).packages == {}


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
