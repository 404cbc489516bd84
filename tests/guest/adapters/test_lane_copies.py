"""Copies of a policy for each lane: one memory each, the weights once."""

from __future__ import annotations

import torch

from ilbench.guest.adapters.lane_copies import CopyLanes, copied


class Counter:
    """Counts its calls, and adds weights and a random number."""

    def __init__(self):
        self.weights, self.count = torch.ones(1), None

    def reset(self):
        self.count = 0

    def act(self, inputs):
        self.count += 1
        return (self.weights + self.count + torch.rand(1)).item()


def lanes_of(policy):
    return CopyLanes(policy, [policy.weights], lambda one: one.reset(), lambda one, inputs: one.act(inputs))


def played(lanes, lane, seed, count=3):
    lanes.begin(lane, seed)
    return [lanes.call(lane, {}) for _ in range(count)]


def test_a_lane_acts_alike_whatever_other_lanes_do():
    expected = played(lanes_of(Counter()), 0, 7)
    lanes = lanes_of(Counter())
    lanes.begin(0, 7)
    found = []
    for _ in range(3):
        played(lanes, 1, 8)
        found.append(lanes.call(0, {}))
    assert found == expected


def test_a_lane_that_begins_anew_remembers_nothing():
    lanes = lanes_of(Counter())
    assert not lanes.has_begun(0)
    assert played(lanes, 0, 7) == played(lanes, 0, 7)
    assert lanes.has_begun(0)


def test_weights_are_shared_and_all_else_is_not():
    policy = Counter()
    policy.reset()
    other = copied(policy, [policy.weights])
    other.act({})
    assert other.weights is policy.weights
    assert (policy.count, other.count) == (0, 1)


def test_the_tensors_of_a_module_can_be_what_its_copies_share():
    net = torch.nn.BatchNorm1d(3)
    other = copied(net, [*net.parameters(), *net.buffers()])
    assert other.weight is net.weight
    assert other.running_mean is net.running_mean
    assert other is not net
