from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from ilbench.bench.overhead import IDLE
from ilbench.contract.policy_spec import PolicySpec
from ilbench.contract.registry import load_registry
from ilbench.contract.task import Task
from ilbench.runner.lineup import Lineup, LineupError, Resources, ResourcesError

TASKS = load_registry()
BY_VALUE = TypeAdapter(Task)


@pytest.mark.parametrize("name", TASKS)
def test_a_task_survives_its_way_to_a_worker(name):
    task = TASKS[name]
    arrived = BY_VALUE.validate_json(BY_VALUE.dump_json(task))
    assert arrived == task
    assert arrived.spec_digest() == task.spec_digest()


def lineup(*widths):
    names = [f"toys/idle-v{number + 1}" for number in range(len(widths))]
    policies = {name: PolicySpec(width=width) for name, width in zip(names, widths, strict=True)}
    return Lineup(tasks=dict.fromkeys(names, IDLE), policies=policies)


def test_a_lineup_has_the_width_of_its_policies():
    assert (lineup(64, 64).width, lineup().width) == (64, 8)


def test_policies_of_several_widths_are_refused():
    with pytest.raises(LineupError, match=r"must have one width, found \[8, 64\]"):
        lineup(64, 8)


def test_a_task_without_a_policy_is_named():
    with pytest.raises(LineupError, match="overhead/idle-v1 has no policy"):
        Lineup(tasks={IDLE.id: IDLE}, policies={})


def test_a_lineup_can_be_played_at_the_width_of_a_recorded_run():
    assert lineup(64, 64).of_width(8).policies == lineup(8, 8).policies


@pytest.mark.parametrize(("width", "lanes"), [(1, 1), (3, 3), (8, 8), (64, 8), (1024, 8)])
def test_lanes_are_as_many_as_the_width_but_no_more_than_eight(width, lanes):
    assert Resources().lanes_of(width) == lanes
    assert Resources(num_lanes=width).lanes_of(width) == width


@pytest.mark.parametrize("num_lanes", [0, 65])
def test_lanes_out_of_range_are_refused(num_lanes):
    with pytest.raises(ResourcesError, match=rf"lanes must be in \[1, 64\].*found {num_lanes}"):
        Resources(num_lanes=num_lanes).lanes_of(64)


@pytest.mark.parametrize("wrong", [{"num_workers": 0}, {"timeout_s": 0.0}, {"timeout_s": float("nan")}])
def test_resources_out_of_range_are_refused(wrong):
    with pytest.raises(ResourcesError, match="must be"):
        Resources(**wrong)
