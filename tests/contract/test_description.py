"""What a policy is told is plain JSON that says what the types say, of every task."""

from __future__ import annotations

import json

import pytest

from ilbench.contract.description import FieldDescription, TaskActionDescription, TaskDescription
from ilbench.contract.registry import load_registry

REGISTRY = load_registry()


@pytest.mark.parametrize("name", REGISTRY)
def test_a_description_has_the_declared_keys_and_survives_json(name):
    told = REGISTRY[name].description()
    assert json.loads(json.dumps(told)) == told
    assert told.keys() == TaskDescription.__annotations__.keys()
    assert told["action"].keys() == TaskActionDescription.__annotations__.keys()
    for field in told["observation"].values():
        assert field.keys() == FieldDescription.__annotations__.keys()


def test_the_names_of_a_states_components_are_told():
    told = REGISTRY["d3il/avoiding-v3"].description()
    names = ["commanded x", "commanded y", "measured x", "measured y"]
    assert told["observation"]["state"]["components"] == names
    assert told["action"]["components"] == ["dx", "dy"]
