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


def imitation(path: str) -> Call:
    """Returns the ``predict`` of a policy that imitation saved as a whole."""
    import torch

    policy = torch.load(path, map_location="cpu", weights_only=False)
    return lambda observations: policy.predict(_only(observations), deterministic=True)[0]


def d3rlpy(path: str) -> Call:
    """Returns the ``predict`` of an algorithm of d3rlpy that remembers nothing."""
    import d3rlpy

    algorithm = d3rlpy.load_learnable(path)
    return lambda observations: algorithm.predict(_only(observations))


def robomimic(path: str) -> Call:
    """Returns robomimic's own rollout call, a row at a time, of a policy that remembers nothing.

    Its keys are cut out of the one vector of a robosuite task in their order, ``object`` last.
    """
    import torch
    from robomimic.utils.file_utils import policy_from_checkpoint

    checkpoint = torch.load(path, map_location="cpu", weights_only=False)
    policy, _ = policy_from_checkpoint(device=torch.device("cpu"), ckpt_dict=checkpoint)
    shapes = checkpoint["shape_metadata"]["all_shapes"]
    keys = sorted(shapes, key=lambda key: (key == "object", key))
    ends = np.cumsum([shapes[key][0] for key in keys])[:-1]
    policy.start_episode()

    def call(observations: Mapping[str, Any]) -> Any:
        rows = _only(observations)
        return np.stack([policy(dict(zip(keys, np.split(row, ends)))) for row in rows])  # noqa: B905

    return call


def lerobot(path: str) -> Call:
    """Returns the chunks of ACT of LeRobot, whose states are all the one vector of the task."""
    import torch
    from lerobot.configs.policies import PreTrainedConfig
    from lerobot.policies.factory import get_policy_class, make_pre_post_processors

    config = PreTrainedConfig.from_pretrained(path)
    policy = get_policy_class(config.type).from_pretrained(path)
    before, after = make_pre_post_processors(config, pretrained_path=path)

    def call(observations: Mapping[str, Any]) -> Any:
        rows = torch.from_numpy(_only(observations))
        chunk = policy.predict_action_chunk(before(dict.fromkeys(config.input_features, rows)))
        return after(chunk[:, : config.n_action_steps]).numpy()

    return call


CALLS: Mapping[str, Callable[[str], Call]] = {
    "onnx": onnx,
    "torch-export": torch_export,
    "torchscript": torchscript,
    "sb3": sb3,
    "jax": jax,
    "imitation": imitation,
    "d3rlpy": d3rlpy,
    "robomimic": robomimic,
    "lerobot": lerobot,
}
"""By the name of the adapter."""
