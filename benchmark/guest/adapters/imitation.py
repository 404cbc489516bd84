"""Policies of imitation: what its ``save_policy`` or a policy's own ``save`` wrote, played with one thread.

Both are pickles, so that loading one runs what it names. ``bc.reconstruct_policy`` and ``load`` of
Stable-Baselines3 2.2 ask torch for them without saying so, which torch refuses since 2.6; here it is said.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .mapping import FieldMapping, MappingError
from .rows import RowPolicy
from .spaces import inputs_of
from .torch_random import RandomLanes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    Array = np.ndarray[Any, Any]

LEARNER = "imitation.policies.base:FeedForward32Policy"
"""What its behavior cloning learns if nothing else is said."""


class Policy(RowPolicy):
    """A policy without a memory; one that is not deterministic draws from each lane's own seed.

    Args:
        path: The file.
        mapping: See `FieldMapping`.
        deterministic: Whether the most likely action is played.
        policy_class: Import string of the class, for a file of a policy's own ``save``, which does not name
            it.
    """

    def __init__(
        self, path: str, mapping: Mapping[str, Any], deterministic: bool = True, policy_class: str = LEARNER
    ) -> None:
        import torch

        torch.set_num_threads(1)
        fields = FieldMapping(mapping)
        policy = load(path, policy_class)
        single = not hasattr(policy.observation_space, "spaces")
        feed = fields.bind(inputs_of(policy.observation_space))
        fields.check_output(policy.action_space.shape)

        def call(arrays: Mapping[str, Array]) -> Any:
            seen = next(iter(arrays.values())) if single else dict(arrays)
            return policy.predict(seen, deterministic=deterministic)[0]

        super().__init__(fields, feed, call, lanes=None if deterministic else RandomLanes(call))


def load(path: str, policy_class: str = LEARNER) -> Any:
    """Returns a policy of Stable-Baselines3, on the processor.

    Raises:
        MappingError: The file holds something else.
    """
    import torch

    found = torch.load(path, map_location="cpu", weights_only=False)
    if isinstance(found, dict) and found.keys() >= {"data", "state_dict"}:
        module, _, name = policy_class.partition(":")
        policy = getattr(importlib.import_module(module), name)(**found["data"])
        policy.load_state_dict(found["state_dict"])
    elif hasattr(found, "predict") and hasattr(found, "observation_space"):
        policy = found
    else:
        raise MappingError(
            "expected a policy that imitation's save_policy or policy.save wrote, found a "
            f"{type(found).__name__}"
        )
    policy.set_training_mode(False)
    return policy
