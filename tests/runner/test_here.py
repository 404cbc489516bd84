"""Policies that are played in this very process."""

from __future__ import annotations

import random

import manners
import networks
import numpy as np
import pytest
import torch

from ilbench.errors import InvalidPolicyError, RunFolderError
from ilbench.runner.here import evaluate_here, width_of
from ilbench.runner.lineup import FewerLanesWarning, ResourcesError
from ilbench.runs.folder import load_run


@pytest.mark.parametrize(
    "policy", ["Wanderer", "OneAtATime", "Raises", "NotANumber", "ChangesShape", "Remembers"]
)
def test_an_object_has_the_records_that_workers_make_of_its_class(stand, digests, policy):
    theirs, here = stand(policy, episodes=6), stand(policy, episodes=6)
    run = evaluate_here(here.run, here.tasks, getattr(manners, policy)())
    assert digests(run) == digests(theirs.play())


@pytest.mark.parametrize(
    "policy", [manners.Wanderer, manners.OneAtATime, manners.straight, lambda: manners.Wanderer()]
)
def test_classes_factories_and_functions_play_as_their_objects_do(stand, digests, policy):
    runs = [
        evaluate_here((one := stand("x", episodes=3)).run, one.tasks, policy, num_lanes=n) for n in (1, 3)
    ]
    assert digests(runs[0]) == digests(runs[1])
    assert {record.status for record in runs[0].records} == {"ok"}


def test_a_factory_of_one_object_is_played_in_one_lane_and_says_so(stand, digests):
    policy, one, other = manners.OneAtATime(), stand("x", episodes=6), stand("x", episodes=6)
    with pytest.warns(FewerLanesWarning, match="again and again one and the same object, 'OneAtATime'"):
        shared = evaluate_here(one.run, one.tasks, lambda: policy)
    assert digests(shared) == digests(evaluate_here(other.run, other.tasks, manners.OneAtATime, num_lanes=3))


@pytest.mark.filterwarnings("error")
def test_an_object_is_known_to_play_in_one_lane_unless_more_are_asked_for(stand):
    one = stand("x", episodes=2)
    with pytest.raises(FewerLanesWarning, match="one lane instead of 3"):
        evaluate_here(one.run, one.tasks, manners.OneAtATime(), num_lanes=3)
    assert evaluate_here(one.run, one.tasks, manners.OneAtATime()).complete


def test_the_object_itself_is_asked_and_neither_copied_nor_pickled(stand):
    policy, one = manners.Wanderer(), stand("Wanderer", episodes=2)
    policy.hook = lambda: None  # cannot be pickled
    evaluate_here(one.run, one.tasks, policy)
    assert any(policy._steps)


def test_a_wide_object_has_the_records_that_workers_make_of_it(stand, digests):
    how = {"module": "networks", "width": 64, "episodes": 70}
    theirs, here = stand("Wide", **how), stand("Wide", **how)
    run = evaluate_here(here.run, here.tasks, networks.Network(64), num_lanes=64)
    assert digests(run) == digests(theirs.play(num_workers=2, num_lanes=5))


def test_a_policy_is_as_wide_as_it_says():
    assert [width_of(policy) for policy in (networks.Network(3), networks.Wide, manners.Wanderer)] == [
        3,
        64,
        8,
    ]


def test_a_run_of_another_width_is_refused(stand):
    one = stand("Wanderer")
    with pytest.raises(
        RunFolderError, match="begun with batches of 8 rows, and the policy has a width of 64"
    ):
        evaluate_here(one.run, one.tasks, networks.Wide)


def test_more_lanes_than_rows_are_refused(stand):
    one = stand("Wanderer")
    with pytest.raises(ResourcesError, match=r"lanes must be in \[1, 8\]"):
        evaluate_here(one.run, one.tasks, manners.Wanderer, num_lanes=9)


def test_an_interrupted_run_goes_on_where_it_stopped(stand, digests):
    def interrupt(record):
        raise KeyboardInterrupt

    one, played = stand("Wanderer"), []
    with pytest.raises(KeyboardInterrupt):
        evaluate_here(one.run, one.tasks, manners.Wanderer(), on_record=interrupt)
    run = evaluate_here(one.run, one.tasks, manners.Wanderer(), on_record=played.append)
    assert len(played) == 11
    assert digests(run) == digests(stand("Wanderer").play())


def test_an_interrupt_inside_the_policy_leaves_a_run_that_can_go_on(stand):
    class Interrupted(manners.Wanderer):
        def misbehave(self, lane, actions):
            raise KeyboardInterrupt

    one = stand("Wanderer")
    with pytest.raises(KeyboardInterrupt):
        evaluate_here(one.run, one.tasks, Interrupted())
    assert evaluate_here(one.run, one.tasks, manners.Wanderer()).complete


def test_a_fault_of_every_episode_is_found_on_the_first_step_and_nothing_is_recorded(stand):
    one = stand("WrongShape")
    with pytest.raises(InvalidPolicyError, match=r"first step: expected numbers of shape \(2\)"):
        evaluate_here(one.run, one.tasks, manners.WrongShape())
    assert (one.run.path / "journal.jsonl").read_bytes() == b""


def test_what_is_no_policy_is_refused_with_what_was_expected(stand):
    one = stand("NOT_A_POLICY")
    with pytest.raises(InvalidPolicyError, match="expected a class or factory"):
        evaluate_here(one.run, one.tasks, 7)


class Greedy(manners.Wanderer):
    """Draws from every global generator that it finds."""

    def act(self, observations):
        random.random(), np.random.rand(), torch.rand(1)  # noqa: NPY002 - what a careless policy does
        self.threads = torch.get_num_threads()
        return super().act(observations)


def state():
    numpy_state = np.random.get_state()[1].tolist()  # noqa: NPY002 - the one that a caller may use
    return random.getstate(), numpy_state, torch.get_rng_state().tolist(), torch.get_num_threads()


def test_the_callers_generators_and_threads_are_left_as_they_were(stand):
    torch.set_num_threads(2)
    one, policy, before = stand("Wanderer", episodes=2), Greedy(), state()
    evaluate_here(one.run, one.tasks, policy)
    assert policy.threads == 1
    assert state() == before


def test_a_finished_run_is_returned_as_it_is(stand):
    one = stand("Wanderer", episodes=2)
    done = evaluate_here(one.run, one.tasks, manners.Wanderer())
    again = evaluate_here(done, one.tasks, manners.Wanderer(), on_record=lambda record: pytest.fail("played"))
    assert again is done


def test_what_was_played_in_vain_is_told(stand):
    one = stand("Raises", episodes=6)
    run = evaluate_here(one.run, one.tasks, manners.Raises())
    guilty = {record.id for record in run.records if record.status != "ok"}
    assert guilty
    assert guilty <= {attempt.id for attempt in load_run(run.path).history.attempts}
