"""What a file of another library costs, measured on a small model of the real toy task."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from adapting import write_onnx

from ilbench.bench.adapters import Checkpoint, count_mapping_lines, find_checkpoints, measure, observe
from ilbench.contract.fields import Field
from ilbench.errors import InvalidSubmissionError
from ilbench.testing.toys import HARBOR, toy_task

ONE = toy_task(observation=(Field(name="state", shape=(2,)),))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ILBENCH_HOME", str(tmp_path / "home"))
    checkpoints = tmp_path / "checkpoints"
    (checkpoints / "mapped").mkdir(parents=True)
    write_onnx(checkpoints / "onnx.onnx")
    write_onnx(checkpoints / "mapped" / "net.onnx", name="x")
    (checkpoints / "mapped" / "submission.toml").write_text(
        'name = "m"\nadapter = "onnx"\nweights = "net.onnx"\n[mapping.inputs]\nx = "state"\n'
    )
    (checkpoints / "notes.txt").touch()
    return checkpoints


def test_checkpoints_are_files_called_as_an_adapter_and_submissions_with_one(folder):
    found = list(find_checkpoints(folder, HARBOR, {"onnx": "/env/bin/python"}))
    assert [(one.adapter, one.python) for one in found] == [("onnx", None), ("onnx", "/env/bin/python")]
    assert found[1].text == f"onnx:{folder / 'onnx.onnx'}"


def test_the_cost_of_a_file_is_no_code_no_mapping_and_no_difference(folder):
    cost = measure(Checkpoint(adapter="onnx", text=f"onnx:{folder / 'onnx.onnx'}", task=HARBOR))
    assert (cost.code_lines, cost.mapping_lines) == (0, 0)
    assert cost.difference <= 1e-6
    assert min(cost.start_s, cost.adapter_us, cost.library_us) > 0
    assert cost.library.startswith("onnxruntime 1.")


def test_a_library_whose_own_call_fails_is_named(folder):
    _, free = find_checkpoints(folder, HARBOR, {})
    broken = Checkpoint(adapter="jax", text=free.text, task=HARBOR, python=sys.executable)
    with pytest.raises(InvalidSubmissionError, match="jax: its library's own call failed"):
        measure(broken)


def test_observations_are_those_of_episodes_in_rows_of_lanes():
    seen = observe(HARBOR, count=100, width=8)
    assert seen["state"].shape == (12, 8, 2)
    assert seen["bearing"].dtype == np.uint8
    assert len(np.unique(seen["state"][..., 0])) > 50


def test_only_lines_of_the_mapping_are_counted():
    text = (
        'name = "a"\nmapping.chunk = 8\n# mapping.x\n[mapping.inputs]\na = "s"\n\n[limits]\nprocesses = 2\n'
    )
    assert count_mapping_lines(text) == 3
