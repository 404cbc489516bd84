from __future__ import annotations

import pytest
from pydantic import ValidationError

from ilbench.contract.policy import DEFAULT_WIDTH, MAX_WIDTH, PLACES
from ilbench.contract.policy_spec import PolicySpec

FULL = PolicySpec(
    load="policy:Policy",
    arguments={"forward": 0.1, "layers": [64, 64]},
    search_path=("/a", "/b"),
    place="process",
    python="/a/bin/python",
    width=64,
)


def test_a_spec_survives_its_way_to_a_worker():
    assert PolicySpec.model_validate_json(FULL.model_dump_json()) == FULL


def test_a_policy_of_which_nothing_is_said_runs_inline_at_the_width_of_published_runs():
    assert (PolicySpec().place, PolicySpec().width, PolicySpec().privileged) == (
        "inline",
        DEFAULT_WIDTH,
        False,
    )


@pytest.mark.parametrize("width", [1, MAX_WIDTH])
def test_every_width_in_range_is_taken(width):
    assert PolicySpec(width=width).width == width


@pytest.mark.parametrize("wrong", [{"width": 0}, {"width": MAX_WIDTH + 1}, {"place": "moon"}, {"color": 1}])
def test_what_is_out_of_range_or_unknown_is_refused_by_the_name_of_its_field(wrong):
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        PolicySpec(**wrong)


@pytest.mark.parametrize("place", PLACES)
def test_a_spec_is_a_value_that_cannot_be_changed(place):
    spec = PolicySpec(load="a:b", place=place)
    assert spec == PolicySpec(load="a:b", place=place)
    with pytest.raises(ValidationError, match="frozen"):
        spec.place = "inline"
