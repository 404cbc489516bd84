"""What tests of adapters share: the toy task as an adapter is told of it, observations, played episodes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ilbench.contract.policy_spec import PolicySpec
from ilbench.contract.task import Task
from ilbench.runner.hosts.inline import load_inline
from ilbench.runner.lanes import LanePlayer, Watch
from ilbench.runs.identity import Episode, EpisodeId
from ilbench.testing.toys import HARBOR

EPISODES = [Episode(EpisodeId(HARBOR.id, "test", context, 0), 7 * context) for context in range(8)]


def told(task: Task = HARBOR, **said: Any) -> dict[str, Any]:
    """Returns what an adapter is told of a mapping and its task."""
    return {"task": task.description(), **said}


def observed(count: int = 1000, width: int = 8, task: Task = HARBOR) -> list[dict[str, np.ndarray[Any, Any]]]:
    """Returns drawn observations of all lanes, so many rows together."""
    rng = np.random.default_rng(0)
    shapes = {field.name: (field.dtype, (width, *field.shape)) for field in task.observation}
    return [
        {
            name: rng.normal(size=shape).astype(dtype)
            if dtype.startswith("f")
            else rng.integers(2, size=shape).astype(dtype)
            for name, (dtype, shape) in shapes.items()
        }
        for _ in range(count // width)
    ]


def records(load: str, arguments: Mapping[str, Any], num_lanes: int, task: Task = HARBOR) -> list[str]:
    """Returns the digests of the records of eight episodes, played by so many lanes."""
    spec = PolicySpec(load=load, arguments=dict(arguments))
    player = LanePlayer(task, lambda lanes: load_inline(spec, task, lanes), num_lanes, Watch())
    waiting = iter(EPISODES)
    found = list(player.play(lambda: next(waiting, None)))
    player.close()
    assert {record.status for record in found} == {"ok"}
    return sorted(record.digest() for record in found)


def write_onnx(
    path: Path, *, rows: int | None = None, noise: bool = False, name: str = "state", size: int = 2
) -> dict[str, Any]:
    """Writes a model of two layers, for any number of rows or so many; returns its policy's arguments."""
    import onnx

    rng = np.random.default_rng(0)
    weights = {"w": rng.normal(size=(size, 16)), "v": rng.normal(size=(16, 1)) / 4}
    nodes = [
        onnx.helper.make_node("MatMul", [name, "w"], ["hidden"]),
        onnx.helper.make_node("Tanh", ["hidden"], ["bent"]),
        onnx.helper.make_node("MatMul", ["bent", "v"], ["mean"]),
        onnx.helper.make_node("RandomNormalLike", ["mean"], ["noise"], scale=0.1),
        onnx.helper.make_node("Add", ["mean", "noise"], ["drawn"]),
    ]
    graph = onnx.helper.make_graph(
        nodes if noise else nodes[:3],
        "policy",
        [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [rows or "rows", size])],
        [
            onnx.helper.make_tensor_value_info(
                "drawn" if noise else "mean", onnx.TensorProto.FLOAT, [rows or "rows", 1]
            )
        ],
        [onnx.numpy_helper.from_array(value.astype(np.float32), key) for key, value in weights.items()],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)
    return {"path": str(path), "mapping": told()}
