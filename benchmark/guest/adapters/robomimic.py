"""Checkpoints of robomimic (``model_epoch_….pth``), played with one thread. Loading one unpickles.

Its observation keys are fed by what has their name: a field of the task, or the components of a vector that
begin so (``robot0_eef_pos x``, …). What has another name there, such as ``object``, is said in ``[mapping]``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from .lane_copies import CopyLanes
from .mapping import FieldMapping, MappingError, ModelInput
from .robosuite_actions import convention_of
from .rows import RowPolicy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Arrays = Mapping[str, np.ndarray[Any, Any]]

PURE = ("BC", "BC_Transformer", "TD3_BC")
"""Algorithms whose action follows from the observation alone: no memory, and nothing drawn."""


class Policy(RowPolicy):
    """A policy as robomimic's rollouts play it: frames stacked, observations normalized, in evaluation mode.

    Where it remembers its episode or draws (recurrent networks, mixtures, variational ones) each lane has a
    copy of its own, which draws from the lane's seed.

    Args:
        path: The file.
        mapping: See `FieldMapping`.
    """

    def __init__(self, path: str, mapping: Mapping[str, Any]) -> None:
        import torch

        torch.set_num_threads(1)
        policy, checkpoint = load(path)
        settings = json.loads(checkpoint["config"])
        if any(goals for goals in settings["observation"]["modalities"]["goal"].values()):
            raise MappingError("the policy wants goals as observations, which no task here shows")
        frames = int(settings["train"].get("frame_stack") or 1)
        inputs = inputs_of(checkpoint, settings, frames)
        told = with_components(mapping, [one.name for one in inputs])
        fields = FieldMapping({**told, "history": frames})
        fields.check_output((checkpoint["shape_metadata"]["ac_dim"],))
        feed = fields.bind(inputs)
        algorithm = policy.policy
        lanes = None
        if type(algorithm).__name__ not in PURE:
            shared = [algorithm.nets, algorithm.optimizers, algorithm.lr_schedulers]
            lanes = CopyLanes(policy, shared, lambda one: one.start_episode(), one_row)
        policy.start_episode()
        self._convention = convention_of(checkpoint.get("env_metadata") or {})
        super().__init__(fields, feed, lambda arrays: all_rows(policy, arrays), lanes=lanes)

    def convention(self) -> dict[str, Any] | None:
        """Returns what its actions mean, as its training's environment says: compared with the task's."""
        return self._convention


def load(path: str) -> tuple[Any, Mapping[str, Any]]:
    """Returns a policy on the processor, and the checkpoint that it was made of."""
    import torch
    from robomimic.utils.file_utils import policy_from_checkpoint

    # By itself it would call torch.load as torch before 2.6 understood it.
    checkpoint = torch.load(path, map_location="cpu", weights_only=False)
    return policy_from_checkpoint(device=torch.device("cpu"), ckpt_dict=checkpoint)  # type: ignore[no-any-return]


def inputs_of(checkpoint: Mapping[str, Any], settings: Mapping[str, Any], frames: int) -> list[ModelInput]:
    """Returns the observations that a policy takes, in its order."""
    modalities = settings["observation"]["modalities"]["obs"]
    shapes = checkpoint["shape_metadata"]["all_shapes"]
    lead = (frames,) if frames > 1 else ()
    keys = [key for names in modalities.values() for key in names]
    return [ModelInput(key, (*lead, *shapes[key]), "float32") for key in sorted(keys, key=list(shapes).index)]


def with_components(told: Mapping[str, Any], names: Sequence[str]) -> Mapping[str, Any]:
    """Returns a mapping in which inputs that are named as components of a vector are fed by these."""
    said = dict(told.get("inputs") or {})
    fields = told["task"]["observation"]
    for name in names:
        found = [
            f for f, field in fields.items() if any(c.startswith(f"{name} ") for c in field["components"])
        ]
        if name not in said and name not in fields and len(found) == 1:
            said[name] = {"field": found[0], "components": [name]}
        elif name not in said and name in fields:
            said[name] = {"field": name}
    return {**told, "inputs": said if said.keys() >= set(names) else told.get("inputs") or {}}


def one_row(policy: Any, arrays: Arrays) -> Any:
    """Returns the action of one row, as the library itself is called."""
    return policy({name: values[0] for name, values in arrays.items()})[None]


def all_rows(policy: Any, arrays: Arrays) -> Any:
    """Returns the actions of all rows: `one_row`, with the rows in the place of its single one."""
    import torch

    seen = dict(arrays)
    for name, stats in (policy.obs_normalization_stats or {}).items():
        if name in seen:
            seen[name] = (seen[name] - stats["mean"]) / stats["std"]
    tensors = {name: torch.from_numpy(values).float() for name, values in seen.items()}
    with torch.no_grad():
        return policy.policy.get_action(obs_dict=tensors).numpy()
