"""This project's own adapters."""

from ilbench.runner.submissions.adapters import Adapter

JAX_POLICY = '''"""A policy of JAX: how its parameters are read, and what its network is."""

import pickle
from pathlib import Path

import jax
import numpy as np


class Policy:
    def __init__(self):
        params = pickle.loads(Path(__file__).with_name("WEIGHTS").read_bytes())
        self.network = jax.jit(lambda x: network(params, x))

    def reset(self, lane, seed, task):
        pass

    def act(self, observations):
        """Returns an action a lane; observations holds arrays of shape (lanes, ...), one a field."""
        return np.asarray(self.network(next(iter(observations.values()))))


def network(params, x):
    """Returns the actions of a batch. Yours instead, such as: return MyModule().apply(params, x)."""
    *hidden, (weight, bias) = params
    for one, other in hidden:
        x = jax.nn.relu(x @ one + other)
    return x @ weight + bias
'''
"""For parameters in a pickle: a policy that plays a plain network, to be replaced by one's own."""

ADAPTERS = (
    Adapter(
        name="onnx",
        library="onnxruntime",
        entry="ilbench_guest.adapters.onnx:Policy",
        summary="A model in ONNX, played by onnxruntime.",
        example="onnx:policy.onnx",
        requirements=("numpy==1.26.4", "onnxruntime==1.32.0"),
        executes_code=False,
        beside=(".data", "_data"),
    ),
    Adapter(
        name="torch-export",
        library="torch",
        entry="ilbench_guest.adapters.torch_export:Policy",
        summary="A program that torch.export saved.",
        example="torch-export:policy.pt2",
        requirements=("numpy==1.26.4", "torch==2.13.0"),
        executes_code=True,
    ),
    Adapter(
        name="torchscript",
        library="torch",
        entry="ilbench_guest.adapters.torchscript:Policy",
        summary="A module that TorchScript saved.",
        example="torchscript:policy.pt",
        requirements=("numpy==1.26.4", "torch==2.13.0"),
        executes_code=True,
    ),
    Adapter(
        name="sb3",
        library="stable-baselines3",
        entry="ilbench_guest.adapters.sb3:Policy",
        summary="A model of Stable-Baselines3 or its contrib package.",
        example="sb3:model.zip",
        requirements=("numpy==1.26.4", "torch==2.13.0", "stable-baselines3==2.9.2"),
        executes_code=True,
    ),
    Adapter(
        name="jax",
        library="jax",
        entry="ilbench_guest.adapters.jax:Policy",
        summary="A function that jax.export serialized.",
        example="jax:policy.jax",
        requirements=("numpy==1.26.4", "jax==0.7.1", "flatbuffers==25.12.19"),
        executes_code=False,
        template=JAX_POLICY,
        endings=(".jax", ".jaxexport", ".stablehlo"),
    ),
)
"""Order: as the documentation lists them."""
