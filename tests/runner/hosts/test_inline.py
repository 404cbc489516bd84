from __future__ import annotations

import pytest

from ilbench.guest.lifting import lift
from ilbench.runner.faults import PolicyFault
from ilbench.runner.hosts.inline import InlineHost, load_inline


class Pupil:
    def reset(self, lane, seed, task):
        self.told = task

    def act(self, observations):
        return [[0.0, 1.0]] * 8


def test_a_policy_is_told_the_public_description_and_its_list_becomes_an_array(task):
    pupil = Pupil()
    host = InlineHost(lift(pupil, 8), task, 8)
    host.reset(0, seed=1)
    assert pupil.told == task.description()
    assert host.act([0]).chunk(0).tolist() == [[0.0, 1.0]]


def interrupted(observation):
    raise KeyboardInterrupt


def test_an_interrupt_is_the_users_only_where_the_process_is_his(task):
    assert InlineHost(lift(interrupted, 8), task, 8).act([0]).faults[0].reason.startswith("KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        InlineHost(lift(interrupted, 8), task, 8, interruptible=True).act([0])


class Leaves(Pupil):
    def act(self, observations):
        raise SystemExit("bye")

    def reset(self, lane, seed, task):
        raise SystemExit("not yet")


def test_what_would_end_the_program_is_a_fault_of_the_policy(task):
    host = InlineHost(lift(Leaves, 8), task, 8)
    with pytest.raises(PolicyFault, match="SystemExit: bye"):
        host.act([0])
    with pytest.raises(PolicyFault, match="SystemExit: not yet"):
        host.reset(0, 1)


def test_a_policy_for_single_episodes_is_made_once_a_lane(task, spec):
    host = load_inline(spec("OneAtATime"), task, num_lanes=2)
    host.reset(1, seed=1)
    with pytest.raises(PolicyFault, match="IndexError"):
        host.reset(2, seed=1)


def test_a_closed_host_has_let_its_policy_go(task, spec):
    host = load_inline(spec("Wanderer"), task, num_lanes=2)
    host.close()
    with pytest.raises(PolicyFault, match="NotImplementedError"):
        host.act([0])
