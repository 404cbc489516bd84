"""Inputs of models that were trained on a Gym or Gymnasium space."""

from __future__ import annotations

from typing import Any

from .mapping import MappingError, ModelInput

ONLY_INPUT = "observation"
"""What the input of a model of one space is called."""


def inputs_of(space: Any) -> list[ModelInput]:
    """Returns the inputs of a model's observation space.

    Raises:
        MappingError: It is a space of no arrays.
    """
    spaces = getattr(space, "spaces", None) or {ONLY_INPUT: space}
    if not isinstance(spaces, dict) or any(one.shape is None for one in spaces.values()):
        raise MappingError(f"the model was trained on {type(space).__name__}, expected Box or a Dict of them")
    return [ModelInput(name, tuple(one.shape), str(one.dtype)) for name, one in spaces.items()]
