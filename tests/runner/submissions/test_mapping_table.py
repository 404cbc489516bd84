"""The table ``[mapping]``: its form is checked when it is read, its meaning against the task."""

from __future__ import annotations

import tomllib

import pytest
from pydantic import ValidationError

from ilbench.errors import InvalidSubmissionError
from ilbench.runner.submissions.mapping_table import MappingTable
from ilbench.testing.toys import HARBOR


def table(text):
    return MappingTable.model_validate(tomllib.loads(text))


def test_a_name_or_a_list_is_short_for_a_table():
    short = table('inputs = { a = "state", b = ["state", "bearing"] }')
    long = table('inputs = { a = { field = "state" }, b = { field = ["state", "bearing"] } }')
    assert short == long


def test_an_adapter_is_told_what_was_said_and_the_task():
    told = table('history = 2\ninputs.a = { field = "state", slice = [0, 1], scale = 2 }').told(HARBOR)
    assert told["task"]["id"] == HARBOR.id
    assert told["inputs"] == {"a": {"field": "state", "slice": [0, 1], "scale": 2.0}}
    assert told["history"] == 2


def test_what_the_task_does_not_have_is_refused():
    with pytest.raises(InvalidSubmissionError, match=r"mapping.inputs.a: the task has no field 'position'"):
        table('inputs.a = "position"').told(HARBOR)


BAD = [
    "history = 0",
    "chunk = 2000",
    'inputs.a = { field = "state", layout = "WHC" }',
    'inputs.a = { field = "state", slice = [1] }',
    'inputs.a = { field = "state", scale = nan }',
    'inputs.a = { field = "state", dtype = "float128" }',
    'inputs.a = { fields = "state" }',
    "inputs.a = { field = [] }",
    'argmax = "yes"',
]


@pytest.mark.parametrize("text", BAD)
def test_what_has_another_form_is_refused(text):
    with pytest.raises(ValidationError):
        table(text)
