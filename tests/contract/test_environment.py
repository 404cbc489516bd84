"""What environments share: the context of a reset, observation spaces, silence."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from ilbench.contract.environment import (
    SeenFromAbove,
    TaskEnv,
    context_from,
    lacking,
    observation_space,
    silenced,
)
from ilbench.contract.fields import Field
from ilbench.errors import InvalidTaskError
from ilbench.testing.toys import toy_task


def test_the_context_is_the_one_given():
    context = {"x": 1}
    assert context_from({"context": context}) is context


@pytest.mark.parametrize("options", [None, {}, {"split": "test"}])
def test_an_environment_never_invents_its_start(options):
    with pytest.raises(ValueError, match=r'reset needs options=\{"context"'):
        context_from(options)


@pytest.mark.parametrize(
    ("dtype", "low", "high"),
    [("float32", -np.inf, np.inf), ("uint8", 0, 255), ("int64", -(2**63), 2**63 - 1)],
)
def test_a_space_is_the_full_range_of_a_field(dtype, low, high):
    box = observation_space((Field(name="a", shape=(2, 3), dtype=dtype),))["a"]
    assert (box.shape, box.dtype.name) == ((2, 3), dtype)
    assert (box.low == low).all()
    assert (box.high == high).all()


def test_the_base_class_draws_nothing_and_leaves_the_state_to_the_simulator():
    with pytest.raises(NotImplementedError):
        TaskEnv().state()
    assert TaskEnv().plan_view() == ()


def test_the_base_class_is_an_environment_that_can_be_seen_from_above():
    assert lacking(TaskEnv()) == ()
    assert isinstance(TaskEnv(), SeenFromAbove)


def test_what_an_object_lacks_is_named_in_the_order_of_the_protocol():
    assert lacking(object()) == ("metadata", "unwrapped", "reset", "step", "state", "render", "close")


def test_what_lacks_a_state_is_refused_where_the_task_makes_it():
    stateless = toy_task(env="gymnasium:Env", env_options={})
    with pytest.raises(
        InvalidTaskError, match=r"environment gymnasium:Env of 'toys/.*' has no state; add what"
    ):
        stateless.make_env()


def chatter():
    with silenced():
        sys.stdout.write("unheard")
        sys.stderr.write("unheard")
        raise ValueError("chatty")


def test_silence_ends_with_the_block_even_after_an_error(capsys):
    with pytest.raises(ValueError, match="chatty"):
        chatter()
    sys.stdout.write("heard")
    assert capsys.readouterr() == ("heard", "")
