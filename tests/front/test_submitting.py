"""A new submission's folder, begun by one call."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from adapting import write_onnx

from ilbench.errors import UnknownNameError, UsageError
from ilbench.front.submitting import new_submission
from ilbench.testing.toys import HARBOR


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ILBENCH_HOME", str(tmp_path / "home"))


@pytest.fixture
def net(tmp_path):
    return Path(write_onnx(tmp_path / "net.onnx", name="x")["path"])


def test_a_plain_policy_plays_a_step_of_the_task(tmp_path):
    made = new_submission(tmp_path / "mine", task=HARBOR)
    assert (made.files, made.tried) == (("policy.py", "submission.toml"), HARBOR.id)


def test_a_model_that_the_task_does_not_fit_leaves_the_question_in_the_file(tmp_path, net):
    made = new_submission(tmp_path / "mine", library="onnx", weights=net, task=HARBOR)
    assert (made.tried, "which field feeds which input is not said" in made.problem) == ("", True)
    assert '# mapping.inputs.x = "state"' in (tmp_path / "mine" / "submission.toml").read_text()


def test_with_the_answer_filled_in_it_plays(tmp_path, net):
    new_submission(tmp_path / "mine", library="onnx", weights=net)
    with (tmp_path / "mine" / "submission.toml").open("a") as file:
        file.write('mapping.inputs.x = "state"\n')
    import ilbench

    out = tmp_path / "run"
    run = ilbench.run(tmp_path / "mine", task=HARBOR, split="test", contexts=1, out=out, workers=1)
    assert run.records[0].status == "ok"


@pytest.mark.parametrize("options", [{"build": True}, {"python": sys.executable}, {"weights": "a"}], ids=str)
def test_what_goes_with_a_library_needs_one(tmp_path, options):
    with pytest.raises(UsageError, match="go with --from"):
        new_submission(tmp_path / "mine", **options)
    assert not (tmp_path / "mine").exists()


def test_an_adapter_that_there_is_not_is_named(tmp_path):
    with pytest.raises(UnknownNameError, match="no adapter named 'sb4'; did you mean 'sb3'"):
        new_submission(tmp_path / "mine", library="sb4", weights="a")
