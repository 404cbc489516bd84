"""The subject of a check: environments made once and closed, an episode that is the same everywhere."""

import numpy as np
import pytest

from ilbench.contract.fields import ActionField, Field
from ilbench.testing.task_subject import TaskSubject, draw, play, play_elsewhere
from ilbench.testing.toys import HARBOR, HarborEnv, toy_task


@pytest.fixture
def subject():
    subject = TaskSubject(HARBOR)
    yield subject
    subject.close()


def test_environments_are_made_when_needed_and_once(subject):
    assert "env" not in subject.__dict__
    assert subject.env is subject.env
    assert subject.fresh is not subject.env


def test_closing_lets_the_environments_go(subject):
    first = subject.env
    subject.close()
    assert subject.env is not first


def test_an_episode_is_the_same_in_another_environment_and_another_process(subject):
    assert play_elsewhere([HARBOR]) == {HARBOR.id: subject.played}
    assert play(HARBOR, HarborEnv(current=0.01)) == subject.played


def test_what_differs_shows(subject):
    assert play(HARBOR, HarborEnv(current=0.02)) != subject.played
    assert play(HARBOR, subject.env, "train") != subject.played


@pytest.mark.parametrize(
    ("action", "low", "high"),
    [(ActionField(shape=(3,), low=-2, high=-1), -2, -1), (ActionField(shape=(3,)), -1, 1)],
)
def test_random_actions_are_in_range(action, low, high):
    drawn = draw(toy_task(action=action), np.random.default_rng(0))
    assert drawn.dtype == np.float32
    assert ((low <= drawn) & (drawn <= high)).all()


def test_random_discrete_actions_are_integers():
    assert draw(toy_task(action=ActionField(num_actions=1)), np.random.default_rng(0)) == 0


@pytest.mark.parametrize(("shape", "is_filmed"), [((84, 84, 3), True), ((9, 9, 3), False), ((84,), False)])
def test_only_pictures_of_a_simulation_make_a_task_filmed(shape, is_filmed):
    assert TaskSubject(toy_task(observation=(Field(name="a", shape=shape),))).is_filmed is is_filmed
