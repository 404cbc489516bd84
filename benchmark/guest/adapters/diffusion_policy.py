"""Checkpoints of the diffusion_policy repository (``.ckpt``), played with one thread. Loading one unpickles.

No package index has it: the policy's environment needs its checkout installed, with hydra and dill.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .lane_copies import CopyLanes
from .mapping import FieldMapping, ModelInput
from .rows import RowPolicy

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    Arrays = Mapping[str, np.ndarray[Any, Any]]

VECTOR = "obs"
"""What the one input of its low-dimensional policies is called."""


class Policy(RowPolicy):
    """A policy, its averaged weights where it was trained with them; chunks are played as it was trained to.

    Each lane draws from its own seed.

    Args:
        path: The file.
        mapping: See `FieldMapping`.
    """

    def __init__(self, path: str, mapping: Mapping[str, Any]) -> None:
        import torch

        torch.set_num_threads(1)
        policy, config = load(path)
        steps = int(config.n_obs_steps)
        fields = FieldMapping({**mapping, "history": steps})
        inputs = inputs_of(config, steps)
        feed = fields.bind(inputs)
        single = [one.name for one in inputs] == [VECTOR]

        def call(one: Any, arrays: Arrays) -> Any:
            tensors = {name: torch.from_numpy(as_steps(values, steps)) for name, values in arrays.items()}
            with torch.no_grad():
                return one.predict_action({VECTOR: tensors[VECTOR]} if single else tensors)["action"].numpy()

        shared = [*policy.parameters(), *policy.buffers()]
        lanes = CopyLanes(policy, shared, lambda one: one.reset(), call)
        super().__init__(fields, feed, lambda arrays: call(policy, arrays), lanes=lanes)


def load(path: str) -> tuple[Any, Any]:
    """Returns a policy on the processor, and the configuration of its training."""
    import dill
    import hydra
    import torch

    payload = torch.load(path, map_location="cpu", pickle_module=dill, weights_only=False)
    config = payload["cfg"]
    workspace = hydra.utils.get_class(config._target_)(config)
    workspace.load_payload(payload, exclude_keys=None, include_keys=None)
    policy = workspace.ema_model if config.training.use_ema else workspace.model
    policy.to("cpu").eval()
    return policy, config


def inputs_of(config: Any, steps: int) -> list[ModelInput]:
    """Returns the inputs of a policy: one vector, or what the shapes of its task name."""
    lead = (steps,) if steps > 1 else ()
    shapes = config.get("shape_meta")
    if shapes is None:
        return [ModelInput(VECTOR, (*lead, int(config.obs_dim)), "float32")]
    return [ModelInput(name, (*lead, *one["shape"]), "float32") for name, one in shapes["obs"].items()]


def as_steps(values: np.ndarray[Any, Any], steps: int) -> np.ndarray[Any, Any]:
    """Returns an input with its axis of steps, also where there is one alone."""
    return values if steps > 1 else values[:, None]
