"""The libraries' own calls; those of libraries that lack are tried where the measurement runs."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest
import torch
from adapting import write_onnx

from ilbench.bench.beside import calls

SEEN = {"state": np.linspace(-1, 1, 16, dtype=np.float32).reshape(8, 2)}


def test_onnxruntime_is_asked_for_all_rows(tmp_path):
    write_onnx(tmp_path / "net.onnx")
    assert calls.onnx(str(tmp_path / "net.onnx"))(SEEN).shape == (8, 1)


@pytest.mark.parametrize("name", ["torchscript", "torch-export"])
def test_torch_is_asked_for_all_rows(tmp_path, name):
    net, like = torch.nn.Linear(2, 1), torch.zeros(8, 2)
    if name == "torchscript":
        torch.jit.trace(net, like).save(str(tmp_path / "net"))
    else:
        torch.export.save(torch.export.export(net, (like,)), tmp_path / "net.pt2")
        (tmp_path / "net.pt2").rename(tmp_path / "net")
    expected = net(torch.from_numpy(SEEN["state"])).detach().numpy()
    assert np.array_equal(calls.CALLS[name](str(tmp_path / "net"))(SEEN), expected)


def test_every_call_stands_alone_without_a_line_of_ours():
    tree = ast.parse(Path(calls.__file__).read_text(encoding="utf-8"))
    imported = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert not {name for name in imported if name and name.startswith("ilbench")}
