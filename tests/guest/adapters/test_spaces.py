"""Inputs of models that were trained on a Gymnasium space."""

from __future__ import annotations

import numpy as np
import pytest
from gymnasium import spaces

from ilbench.guest.adapters.mapping import MappingError, ModelInput
from ilbench.guest.adapters.spaces import inputs_of

BOX = spaces.Box(-1, 1, (3,), np.float32)


def test_a_space_of_one_array_is_one_input():
    assert inputs_of(BOX) == [ModelInput("observation", (3,), "float32")]


def test_a_dictionary_is_an_input_for_each_entry():
    found = inputs_of(spaces.Dict({"a": BOX, "b": spaces.Box(0, 255, (4, 4, 3), np.uint8)}))
    assert found == [ModelInput("a", (3,), "float32"), ModelInput("b", (4, 4, 3), "uint8")]


@pytest.mark.parametrize("space", [spaces.Tuple((BOX,)), spaces.Dict({"a": spaces.Sequence(BOX)})], ids=type)
def test_a_space_of_no_arrays_is_refused(space):
    with pytest.raises(MappingError, match="expected Box or a Dict of them"):
        inputs_of(space)
