"""A task as a run carries it: what scores need, nothing that is imported, and nothing that cannot be."""

import json
from dataclasses import fields, replace

import pytest
from pydantic import BaseModel, ValidationError

from ilbench.contract.carried import NOT_SCORED, CarriedTasks, carried
from ilbench.contract.registry import load_registry
from ilbench.contract.task import Task
from ilbench.errors import UsageError
from ilbench.testing.toys import HARBOR, toy_task


class Letter(BaseModel):
    tasks: CarriedTasks


def written(task=HARBOR, name=None):
    """Returns a file with one task, as plain JSON."""
    letter = Letter(tasks={name or task.id: carried(task)})
    return json.loads(letter.model_dump_json())


def read(content):
    return Letter.model_validate_json(json.dumps(content)).tasks[HARBOR.id]


def test_every_registered_task_keeps_what_is_scored():
    for task in load_registry().values():
        found = carried(task)
        assert (found.references(), found.demonstrations_modes()) == (
            task.references(),
            task.demonstrations_modes(),
        )
        left_out = {"summary", "splits", "action", *NOT_SCORED}
        assert found.action == replace(task.action, convention=None)
        for one in fields(Task):
            assert one.name in left_out or getattr(found, one.name) == getattr(task, one.name)
        assert [replace(s, description="", overlay={}) for s in task.splits] == list(found.splits)


def test_it_is_read_as_it_was_written_whatever_the_hash_seed():
    assert read(written()) == carried(HARBOR)
    assert json.dumps(written(toy_task(tags=frozenset("abcdefgh")))) == json.dumps(written())


@pytest.mark.parametrize(
    "ask",
    [
        lambda task: task.make_env(),
        lambda task: task.make_expert(),
        lambda task: task.load("this:s"),
        lambda task: task.contexts("test"),
        lambda task: task.golden(),
        lambda task: task.spec_digest(),
    ],
)
def test_it_neither_imports_nor_opens_anything(ask, monkeypatch):
    content = written()
    content["tasks"][HARBOR.id].update(env="trap:Env", expert="trap:Expert", data="trap:data")
    task = read(content)
    monkeypatch.setattr("ilbench.contract.task.load_object", lambda text: pytest.fail("imported"))
    with pytest.raises(UsageError, match=r"harbor-v1 is known from a run's header alone.*hand the task over"):
        ask(task)


STRANGE = {"references": {}, "demonstrations_checksum": None, "demonstrations_modes": {"x": 1}}
HUGE = {"num_contexts": 10**9, "num_repeats": 10**9, "shift": None}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"id": "harbor"}, "the id must look like"),
        ({"id": "toys/lake-v1"}, "the task 'toys/lake-v1' stands under the name 'toys/harbor-v1'"),
        ({"presets": {}}, "presets must be exactly"),
        ({"presets": dict.fromkeys(HARBOR.presets, HUGE)}, "has more than 10000000 episodes"),
        ({"presets": {name: {**HUGE, "num_repeats": 0} for name in HARBOR.presets}}, "expected some"),
        ({"presets": {name: {"num_contexts": 1, "shift": HUGE} for name in HARBOR.presets}}, "more than"),
        ({"control_hz": float("nan")}, "control_hz is nan, expected a number above 0"),
        ({"control_hz": 0}, "control_hz is 0"),
        ({"modes": [""] * 100_001}, "expected at most 100000"),
        (
            {
                "measured": {
                    "references": {},
                    "demonstrations_checksum": None,
                    "demonstrations_modes": {"x": 1},
                }
            },
            "'x'",
        ),
        ({"horizon": "long"}, "horizon"),
        ({"modes": 7}, "modes"),
    ],
)
def test_what_anybody_may_have_written_is_refused_where_no_score_can_be_made_of_it(changes, words):
    content = written()
    content["tasks"][HARBOR.id].update(changes)
    with pytest.raises(ValidationError, match=words):
        read(content)


def test_an_endless_reference_is_refused():
    content = written()
    content["tasks"][HARBOR.id]["measured"]["references"]["random"]["mean_return"] = float("inf")
    with pytest.raises(ValidationError, match="reference 'random' has the mean return inf"):
        read(content)
