"""An adapter beside the library's own call."""

from __future__ import annotations

import numpy as np
import pytest
from adapting import observed, write_onnx

from ilbench.bench.beside import calls, compare
from ilbench.testing.toys import HARBOR


@pytest.fixture
def told(tmp_path):
    np.savez(tmp_path / "seen.npz", state=np.stack([one["state"] for one in observed(80)]))
    return {
        "adapter": "onnx",
        "entry": "ilbench.guest.adapters.onnx:Policy",
        "arguments": write_onnx(tmp_path / "net.onnx"),
        "task": HARBOR.description(),
        "observations": str(tmp_path / "seen.npz"),
    }


def test_an_adapter_of_the_same_model_differs_in_nothing_and_takes_time(told):
    measured = compare.measure(told)
    assert measured["difference"] <= 1e-6
    assert measured["adapter_us"] > 0 < measured["library_us"]


def test_a_difference_is_seen(told, monkeypatch):
    beside = calls.onnx(told["arguments"]["path"])
    monkeypatch.setitem(calls.CALLS, "onnx", lambda path: lambda seen: beside(seen) + 0.25)
    assert compare.measure(told)["difference"] == pytest.approx(0.25)
