"""What every host promises, in every place."""

from __future__ import annotations

import numpy as np
import pytest

from ilbench.contract.policy import PLACES
from ilbench.errors import InvalidSubmissionError
from ilbench.runner.faults import PolicyFault
from ilbench.runner.hosts.places import make_host


@pytest.fixture(params=PLACES)
def host_of(request, task, spec):
    hosts = []

    def make(policy, **how):
        hosts.append(make_host(spec(policy, place=request.param, **how), task, how.get("width", 8), 30.0))
        return hosts[-1]

    yield make
    for host in hosts:
        host.close()


def test_a_policy_is_asked_for_all_rows(host_of):
    host = host_of("Wanderer")
    host.reset(2, seed=4)
    host.observations["state"][2] = 1
    expected = np.zeros((8, 1, 2), np.float32)
    expected[2] = np.random.default_rng(4).normal([0.0, 0.008], 0.006)
    assert (host.act([2]).values == expected).all()


@pytest.mark.parametrize("width", [1, 300])
def test_a_policy_is_as_wide_as_its_spec(host_of, width):
    host = host_of("Network", module="networks", width=width, arguments={"width": width})
    host.reset(width - 1, seed=4)
    assert host.width == width
    assert host.act(list(range(width))).values.shape == (width, 1, 2)


def test_what_a_policy_raises_is_a_fault_in_its_own_words(host_of):
    host = host_of("Raises")
    host.reset(0, seed=3)
    host.observations["state"][0] = 1
    with pytest.raises(PolicyFault, match=r"^ValueError: I lost my way \(manners.py"):
        [host.act([0]) for _ in range(4)]


def test_history_is_asked_of_the_policy(host_of):
    host = host_of("Remembers")
    assert (host.history, host.observations["state"].shape) == (3, (8, 3, 4))


@pytest.mark.parametrize("policy", ["NOT_A_POLICY", "NoSuchPolicy"])
def test_what_cannot_be_loaded_is_refused_by_name(host_of, policy):
    with pytest.raises(InvalidSubmissionError, match=f"cannot load the policy 'manners:{policy}'"):
        host_of(policy)
