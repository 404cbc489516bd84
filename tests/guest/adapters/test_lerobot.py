"""What feeds LeRobot's policies without a mapping; with the library itself, see test_libraries."""

from __future__ import annotations

import numpy as np
import pytest

from ilbench.guest.adapters.lerobot import with_names
from ilbench.guest.adapters.mapping import FieldMapping, ModelInput

STATE, IMAGE = "observation.state", "observation.images.image"


@pytest.fixture
def shore(toys):
    return {"task": toys.description()}


@pytest.fixture
def toys(monkeypatch):
    import importlib
    from pathlib import Path

    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "toys")
    return importlib.import_module("ilbench_toys").TASK


def test_inputs_named_as_exported_are_fed_by_what_they_were_made_of(shore):
    told = with_names(shore, [STATE, IMAGE, "observation.grid"])
    inputs = [
        ModelInput(STATE, (1,), "float32"),
        ModelInput(IMAGE, (3, 32, 32), "float32"),
        ModelInput("observation.grid", (3, 3, 3), "uint8"),
    ]
    image = np.zeros((1, 32, 32, 3), np.uint8)
    image[0, 0, 1, 2] = 255
    seen = {"position": np.ones((1, 1), np.float32), "image": image, "grid": image[:, :3, :3]}
    found = FieldMapping(told).bind(inputs)(seen)
    assert found[STATE].tolist() == [[1]]
    assert (found[IMAGE].shape, found[IMAGE][0, 2, 0, 1]) == ((1, 3, 32, 32), 1.0)
    assert found["observation.grid"].dtype == np.uint8


def test_several_vectors_are_one_state_in_the_order_of_the_task():
    vector = {"shape": [2], "dtype": "float32", "components": []}
    task = {"observation": {"arm": vector, "grid": {**vector, "dtype": "uint8"}, "goal": vector}}
    assert with_names({"task": task}, [STATE])["inputs"] == {STATE: {"field": ["arm", "goal"]}}


def test_what_is_said_is_kept_and_the_rest_added(shore):
    told = with_names({**shore, "inputs": {STATE: "bits"}}, [STATE, IMAGE])
    assert told["inputs"][STATE] == "bits"
    assert set(told["inputs"]) == {STATE, IMAGE}


def test_an_input_of_another_name_leaves_the_mapping_as_it_was_said(shore):
    assert with_names(shore, [STATE, "observation.images.wrist"])["inputs"] == {}
