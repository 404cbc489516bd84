from __future__ import annotations

import pytest
from adapting import write_onnx

from ilbench.cli.submission import new
from ilbench.errors import UsageError

HARBOR = "ilbench.testing.toys:HARBOR"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ILBENCH_HOME", str(tmp_path / "home"))


def test_what_was_written_and_tried_is_said(tmp_path, capfd):
    new([tmp_path / "mine"], task=HARBOR)
    assert capfd.readouterr().out == (
        f"written: {tmp_path / 'mine'}: policy.py, submission.toml\nit has played a step of toys/harbor-v1\n"
    )


def test_what_has_to_be_filled_in_is_said_and_ends_in_an_error(tmp_path, capfd):
    write_onnx(tmp_path / "net.onnx", name="x")
    with pytest.raises(SystemExit) as end:
        new([tmp_path / "net.onnx", tmp_path / "mine"], library="onnx", task=HARBOR)
    assert end.value.code == 1
    assert 'mapping.inputs.x = "state"' in " ".join(capfd.readouterr().err.split())


@pytest.mark.parametrize(("number", "library"), [(2, ""), (1, "onnx"), (3, "onnx")])
def test_weights_go_with_the_name_of_their_library(tmp_path, number, library):
    with pytest.raises(UsageError, match=f"found {number} path"):
        new([tmp_path / str(n) for n in range(number)], library=library)
