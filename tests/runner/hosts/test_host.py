from __future__ import annotations

import pytest

from ilbench.contract.policy import PLACES
from ilbench.errors import InvalidSubmissionError
from ilbench.runner.hosts.expert import ExpertHost
from ilbench.runner.hosts.host import PrivilegedHost, observation_layout
from ilbench.runner.hosts.places import make_host


def test_observations_have_a_row_a_lane_and_the_history_behind_it(task):
    assert observation_layout(task, 64, 1) == [("state", (64, 4), "float32")]
    assert observation_layout(task, 8, 3) == [("state", (8, 3, 4), "float32")]


@pytest.mark.parametrize(("width", "history"), [(8, 10**8), (1024, 10**6), (1, 2**60)])
def test_what_would_not_fit_into_memory_is_refused_before_it_is_allocated(task, width, history):
    with pytest.raises(InvalidSubmissionError, match="expected at most 1,073,741,824; make the width or the"):
        observation_layout(task, width, history)


@pytest.mark.parametrize("place", PLACES)
def test_only_the_experts_host_is_shown_the_environment(task, spec, place):
    host = make_host(spec("Wanderer", place=place), task, 1, 30.0)
    assert not isinstance(host, PrivilegedHost)
    host.close()
    assert isinstance(ExpertHost(task, 8, 1), PrivilegedHost)
