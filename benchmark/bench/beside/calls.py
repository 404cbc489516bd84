"""What a user of each library would write to have the actions of a batch: nothing of ours, no mapping.

Each function takes the weights, and returns what makes actions ``(lanes, *shape)`` of a task's observations,
named arrays with a row a lane. Of a task with one field that is all there is to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

Call = Callable[[Mapping[str, Any]], Any]


def _only(observations: Mapping[str, Any]) -> Any:
    return next(iter(observations.values()))


def onnx(path: str) -> Call:
    """Returns onnxruntime's own call."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda observations: session.run(None, {name: _only(observations)})[0]


def torch_export(path: str) -> Call:
    """Returns the call of a program that torch.export saved."""
    import torch

    module = torch.export.load(path).module()
    return lambda observations: module(torch.from_numpy(_only(observations))).detach().numpy()


def torchscript(path: str) -> Call:
    """Returns the call of a module that TorchScript saved."""
    import torch

    module = torch.jit.load(path)  # type: ignore[no-untyped-call]
    return lambda observations: module(torch.from_numpy(_only(observations))).detach().numpy()


def sb3(path: str) -> Call:
    """Returns the ``predict`` of a PPO model of Stable-Baselines3."""
    from stable_baselines3 import PPO

    model = PPO.load(path, device="cpu")
    return lambda observations: model.predict(dict(observations), deterministic=True)[0]


def jax(path: str) -> Call:
    """Returns the call of a function that jax.export serialized."""
    from jax import export

    exported = export.deserialize(bytearray(Path(path).read_bytes()))
    return lambda observations: np.asarray(exported.call(_only(observations)))


CALLS: Mapping[str, Callable[[str], Call]] = {
    "onnx": onnx,
    "torch-export": torch_export,
    "torchscript": torchscript,
    "sb3": sb3,
    "jax": jax,
}
"""By the name of the adapter."""
