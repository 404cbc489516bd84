from __future__ import annotations

import pytest

from ilbench.errors import InvalidSubmissionError
from ilbench.runner.submission import folder_digest, load_folder, load_import_string

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
