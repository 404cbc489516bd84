from __future__ import annotations

import pytest
from pydantic import ValidationError

from ilbench.contract.policy import MAX_WIDTH, PLACES
from ilbench.contract.policy_spec import PolicySpec
from ilbench.runner.hosts.expert import ExpertHost
from ilbench.runner.hosts.host import PrivilegedHost, observation_layout
from ilbench.runner.hosts.places import make_host


def test_a_spec_survives_its_way_to_a_worker(spec):
    one = spec("Wanderer", arguments={"forward": 0.1}, width=64, place="process")
    assert PolicySpec.model_validate_json(one.model_dump_json()) == one


@pytest.mark.parametrize("width", [0, MAX_WIDTH + 1])
def test_a_width_out_of_range_is_refused(width):
    with pytest.raises(ValidationError, match="width"):
        PolicySpec(width=width)


def test_observations_have_a_row_a_lane_and_the_history_behind_it(task):
    assert observation_layout(task, 64, 1) == [("state", (64, 4), "float32")]
    assert observation_layout(task, 8, 3) == [("state", (8, 3, 4), "float32")]


@pytest.mark.parametrize("place", PLACES)
def test_only_the_experts_host_is_shown_the_environment(task, spec, place):
    host = make_host(spec("Wanderer", place=place), task, 1, 30.0)
    assert not isinstance(host, PrivilegedHost)
    host.close()
    assert isinstance(ExpertHost(task, 8, 1), PrivilegedHost)
