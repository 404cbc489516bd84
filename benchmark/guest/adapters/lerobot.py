"""Policies of LeRobot: a folder that ``save_pretrained`` wrote, its pre- and postprocessors included.

Nothing is asked of the hub. Inputs that are called as in the data that this project exports need no mapping:
``observation.state`` is all vectors of real numbers one after the other, ``observation.images.NAME`` the
picture ``NAME``, ``observation.NAME`` the field ``NAME``.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from .lane_copies import CopyLanes
from .mapping import FieldMapping, ModelInput
from .rows import RowPolicy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Arrays = Mapping[str, np.ndarray[Any, Any]]

VECTORS = ("observation.state", "observation.environment_state")
PICTURE = "observation.images."
OTHER = "observation."
BYTE = 1 / 255
"""Its pictures are numbers from 0 to 1."""


class Policy(RowPolicy):
    """A policy. ACT without its temporal ensemble is asked for chunks, for all lanes at once.

    Every other is asked as its own evaluation does, an action at a time: each lane has a copy, with queues
    of its own, which draws from the lane's seed.

    Args:
        path: The folder.
        mapping: See `FieldMapping`.
        task: What a policy that reads is told to do; what the task says of itself if not given.
    """

    def __init__(self, path: str, mapping: Mapping[str, Any], task: str = "") -> None:
        import torch

        torch.set_num_threads(1)
        policy, before, after = load(path)
        config = policy.config
        inputs = [ModelInput(name, tuple(f.shape), "float32") for name, f in config.input_features.items()]
        fields = FieldMapping(with_names(mapping, [one.name for one in inputs]))
        fields.check_output(config.output_features["action"].shape)
        words = task or fields.task["summary"]

        def ask(answer: Any, arrays: Arrays) -> Any:
            rows = len(next(iter(arrays.values())))
            batch = {name: torch.from_numpy(values) for name, values in arrays.items()}
            with torch.inference_mode():
                return after(answer(before({**batch, "task": [words] * rows}))).numpy()

        def chunk(arrays: Arrays) -> Any:
            return ask(policy.predict_action_chunk, arrays)[:, : config.n_action_steps]

        lanes = None
        if config.type != "act" or config.temporal_ensemble_coeff is not None:
            shared = [*policy.parameters(), *policy.buffers()]
            lanes = CopyLanes(
                policy, shared, lambda one: one.reset(), lambda one, a: ask(one.select_action, a)
            )
        super().__init__(fields, fields.bind(inputs), chunk, lanes=lanes)


def load(path: str) -> tuple[Any, Any, Any]:
    """Returns a policy on the processor, what prepares its inputs, and what makes actions of its outputs."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    from lerobot.configs.policies import PreTrainedConfig
    from lerobot.policies.factory import get_policy_class, make_pre_post_processors

    config = PreTrainedConfig.from_pretrained(path)
    config.device = "cpu"
    policy = get_policy_class(config.type).from_pretrained(path, config=config)
    policy.eval()
    policy.reset()
    before, after = make_pre_post_processors(
        config,
        pretrained_path=path,
        preprocessor_overrides={"device_processor": {"device": "cpu"}},
    )
    return policy, before, after


def with_names(told: Mapping[str, Any], names: Sequence[str]) -> Mapping[str, Any]:
    """Returns a mapping in which inputs that are named as exported data are fed by what they were made of."""
    fields = told["task"]["observation"]
    vectors = [name for name, f in fields.items() if len(f["shape"]) == 1 and f["dtype"].startswith("float")]
    said = dict(told.get("inputs") or {})
    for name in names:
        if name in said:
            continue
        if name in VECTORS and vectors:
            said[name] = {"field": vectors[0] if len(vectors) == 1 else vectors}
        elif name.startswith(PICTURE) and name[len(PICTURE) :] in fields:
            said[name] = {"field": name[len(PICTURE) :], "layout": "CHW", "scale": BYTE}
        elif name.startswith(OTHER) and name[len(OTHER) :] in fields:
            said[name] = {"field": name[len(OTHER) :]}
    return {**told, "inputs": said if said.keys() >= set(names) else told.get("inputs") or {}}
