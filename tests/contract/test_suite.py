"""A suite's defaults: what a declaration leaves out is the suite's, what it says is its own."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import get_type_hints

import pytest

from ilbench.contract.fields import ActionField, Field
from ilbench.contract.suite import Declaration, Suite
from ilbench.contract.task import Preset, Split, Task
from ilbench.errors import InvalidTaskError

SUITE = Suite(
    name="toys",
    package="ilbench_toys",
    packages=("numpy",),
    extra="all",
    license="MIT",
    control_hz=10.0,
    env=".shore:ShoreEnv",
    action=ActionField(shape=(1,)),
    presets={name: Preset(num_contexts=2) for name in ("smoke", "standard", "full")},
    tags=frozenset({"water"}),
)
SAID = {
    "summary": "Swim.",
    "horizon": 30,
    "observation": (Field(name="position", shape=(1,)),),
    "make_contexts": ".shore:make_contexts",
    "splits": tuple(Split(name=name, num_contexts=2, description="") for name in ("train", "test")),
    "source": "Made for the tests.",
}


def test_what_a_declaration_leaves_out_is_the_suites():
    task = SUITE.task("shore-v1", **SAID)
    assert (task.id, task.suite, task.packages, task.extra) == ("toys/shore-v1", "toys", ("numpy",), "all")
    assert (task.license, task.control_hz, task.success_rule) == ("MIT", 10.0, "ever")
    assert (task.presets, task.action, task.tags) == (SUITE.presets, SUITE.action, {"water"})


def test_what_a_declaration_says_is_its_own_and_tags_come_on_top():
    own = {"control_hz": None, "license": "Apache-2.0", "env": "elsewhere:Env", "tags": frozenset({"fast"})}
    task = SUITE.task("shore-v1", **SAID, **own)
    assert (task.control_hz, task.license, task.env) == (None, "Apache-2.0", "elsewhere:Env")
    assert task.tags == {"water", "fast"}


def test_what_begins_with_a_dot_or_a_colon_is_of_the_suites_package():
    others = {"tired": ".shore:TiredSwimmer", "foreign": "elsewhere:Expert"}
    task = SUITE.task(
        "shore-v1", **SAID, contexts_of=":data/shore-v0", expert=".shore:Swimmer", alternative_experts=others
    )
    assert (task.env, task.expert) == ("ilbench_toys.shore:ShoreEnv", "ilbench_toys.shore:Swimmer")
    assert (task.data, task.contexts_of) == ("ilbench_toys:data/shore-v1", "ilbench_toys:data/shore-v0")
    assert task.alternative_experts == {
        "tired": "ilbench_toys.shore:TiredSwimmer",
        "foreign": "elsewhere:Expert",
    }


def test_all_tasks_of_a_suite_may_share_their_files():
    assert replace(SUITE, data=":data").task("shore-v1", **SAID).data == "ilbench_toys:data"


@pytest.mark.parametrize("missing", ["env", "action"])
def test_a_task_without_an_environment_or_an_action_is_refused(missing):
    with pytest.raises(InvalidTaskError, match=f"'toys/shore-v1' has no '{missing}'"):
        replace(SUITE, **{missing: None}).task("shore-v1", **SAID)


def test_a_declaration_can_say_whatever_a_task_holds_but_its_id():
    assert get_type_hints(
        Declaration, localns=vars(__import__("ilbench.contract.task").contract.task)
    ).keys() == {field.name for field in fields(Task)} - {"id"}
