"""The folder of a new submission: it is one, nothing is overwritten, and it asks what nobody else knows."""

from __future__ import annotations

import subprocess
import sys
import tomllib

import pytest

from ilbench.errors import InvalidSubmissionError, UsageError
from ilbench.runner.submissions import beginning
from ilbench.runner.submissions.adapters import find_adapter
from ilbench.runner.submissions.submission_file import read_submission_file
from ilbench.testing.toys import HARBOR

ONNX, JAX = find_adapter("onnx"), find_adapter("jax")


@pytest.fixture
def weights(tmp_path):
    (tmp_path / "net.onnx").write_bytes(b"model")
    (tmp_path / "net.onnx.data").write_bytes(b"weights")
    return tmp_path / "net.onnx"


def test_a_plain_folder_is_a_submission_with_a_short_policy(tmp_path):
    beginning.write_plain(tmp_path / "mine")
    content, _ = read_submission_file(tmp_path / "mine")
    assert (content.name, content.entry) == ("mine", "policy:Policy")
    assert len((tmp_path / "mine" / "policy.py").read_text().splitlines()) <= 20


def test_a_folder_of_weights_names_adapter_file_interpreter_and_requirements(tmp_path, weights):
    beginning.write_adapted(tmp_path / "mine", ONNX, weights, "/env/bin/python", ["numpy==1.26.4"])
    content, _ = read_submission_file(tmp_path / "mine")
    assert (content.adapter, content.weights, content.python) == ("onnx", "net.onnx", "/env/bin/python")
    assert (tmp_path / "mine" / content.requirements).read_text() == "numpy==1.26.4\n"
    assert (tmp_path / "mine" / "net.onnx.data").read_bytes() == b"weights"


def test_a_folder_of_weights_is_copied_whole(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "net").write_bytes(b"1")
    beginning.write_adapted(tmp_path / "mine", ONNX, tmp_path / "model", None, [])
    assert (tmp_path / "mine" / "model" / "net").read_bytes() == b"1"


def test_weights_that_need_code_get_the_template(tmp_path):
    (tmp_path / "params.pkl").write_bytes(b"1")
    beginning.write_adapted(tmp_path / "mine", JAX, tmp_path / "params.pkl", None, [])
    content, _ = read_submission_file(tmp_path / "mine")
    assert (content.entry, content.adapter) == ("policy:Policy", None)
    assert 'with_name("params.pkl")' in (tmp_path / "mine" / "policy.py").read_text()


def test_nothing_is_overwritten(tmp_path, weights):
    beginning.check_vacant(tmp_path / "new")
    for taken in (tmp_path, weights):
        with pytest.raises(UsageError, match="expected no folder or an empty one; nothing was written"):
            beginning.check_vacant(taken)


def test_weights_that_are_not_there_leave_no_folder(tmp_path):
    with pytest.raises(InvalidSubmissionError, match="expected a file or a folder of onnxruntime"):
        beginning.write_adapted(tmp_path / "mine", ONNX, tmp_path / "nothing", None, [])
    assert not (tmp_path / "mine").exists()


def test_versions_are_those_of_the_interpreter_and_else_those_that_were_tried(monkeypatch):
    monkeypatch.setattr(beginning, "packages_of", lambda python, said_by: {"OnnxRuntime": "1.30.0+cu12"})
    assert beginning.pinned(ONNX, "/env/bin/python") == ["numpy==1.26.4", "onnxruntime==1.30.0"]


def test_questions_are_comments_and_the_lines_to_fill_in(tmp_path):
    beginning.write_plain(tmp_path / "mine")
    problem = 'no mapping. Write into submission.toml, such as: mapping.inputs.x = "?"'
    beginning.append_questions(tmp_path / "mine", HARBOR, problem)
    text = (tmp_path / "mine" / "submission.toml").read_text()
    assert '# mapping.inputs.x = "?"\n# state: measured x, last speed\n' in text
    assert "mapping" not in tomllib.loads(text)


def test_an_environment_is_made_of_the_requirements(tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(subprocess, "run", lambda command, **_: said.append(command) or Done(0, ""))
    monkeypatch.setattr(beginning.shutil, "which", lambda name: None)
    assert beginning.build_environment(tmp_path) == "pip"
    assert said[0] == (sys.executable, "-m", "venv", str(tmp_path / ".venv"))
    assert said[1][-2:] == ("-r", str(tmp_path / "requirements.txt"))
    monkeypatch.setattr(beginning.shutil, "which", lambda name: "/bin/uv")
    assert beginning.build_environment(tmp_path) == "uv"


class Done:
    """What a program that has ended says."""

    def __init__(self, returncode, stderr):
        self.returncode, self.stderr, self.stdout = returncode, stderr, ""


def test_what_the_installer_said_last_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda command, **_: Done(1, "\nERROR: no such version\n"))
    with pytest.raises(
        InvalidSubmissionError, match=r"exit code 1: ERROR: no such version; mend requirements"
    ):
        beginning.build_environment(tmp_path)


@pytest.mark.parametrize("text", ['a "b" \\ c', "π\t\n", "\x7f\x01"])
def test_a_text_is_written_as_toml_reads_it(text):
    assert tomllib.loads(f"a = {beginning.toml_string(text)}") == {"a": text}


def test_what_the_author_says_is_not_asked_for(tmp_path):
    about = beginning.About(
        authors=("A. Researcher",), license="MIT", training_data="none", code="https://a.b/c"
    )
    beginning.write_plain(tmp_path / "mine", about)
    text = (tmp_path / "mine" / "submission.toml").read_text()
    assert 'authors = ["A. Researcher"]\nlicense = "MIT"\n' in text
    assert "To be filled in" not in text
