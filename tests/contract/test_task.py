"""Tasks as values: what a declaration says, and which ones contradict themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ilbench.contract.task import PRESETS, Preset, Split, installed_version
from ilbench.errors import InvalidTaskError, MissingPackageError, UnknownNameError
from ilbench.testing.toys import HARBOR, HarborEnv, Rower, make_contexts, toy_task

DERIVED = Split(name="shift/x-1", num_contexts=1, description="", of="test", overlay={"x": 1})


@pytest.mark.parametrize("bad", ["avoiding-v1", "d3il/avoiding", "D3IL/avoiding-v1", "d3il/avoiding-v0"])
def test_an_id_has_suite_name_and_version(bad):
    with pytest.raises(InvalidTaskError, match="the id must look like"):
        toy_task(id=bad)


CONTRADICTIONS = [
    ({"success_rule": "final"}, "cannot stop on the first success"),
    ({"horizon": 0}, "horizon must be at least 1, found 0"),
    ({"splits": HARBOR.splits[:1]}, "splits must be distinct and hold 'train' and 'test'"),
    ({"splits": (*HARBOR.splits, HARBOR.splits[0])}, "splits must be distinct"),
    ({"splits": (*HARBOR.splits, replace(DERIVED, of="nowhere"))}, "derived split must be of one of"),
    ({"presets": {"smoke": Preset(num_contexts=1)}}, r"presets must be exactly .*found \('smoke',\)"),
]


@pytest.mark.parametrize(("changes", "problem"), CONTRADICTIONS)
def test_a_declaration_that_contradicts_itself_is_refused_by_its_id(changes, problem):
    with pytest.raises(InvalidTaskError, match=rf"task 'toys/harbor-v1': .*{problem}"):
        toy_task(**changes)


def test_an_unknown_split_is_answered_with_the_known_ones():
    with pytest.raises(
        UnknownNameError, match="no split of toys/harbor-v1 named 'tset'; did you mean 'test'"
    ):
        HARBOR.contexts("tset")


def test_contexts_are_those_that_ship_in_their_order():
    assert list(HARBOR.contexts("test")) == make_contexts()["test"]


def test_a_derived_split_lays_its_overlay_over_the_first_contexts_of_another():
    task = toy_task(splits=(*HARBOR.splits, DERIVED))
    assert task.contexts("shift/x-1") == ({**HARBOR.contexts("test")[0], "x": 1},)
    assert task.spec_digest() != HARBOR.spec_digest()


def test_a_split_without_contexts_names_the_command_that_writes_them():
    task = toy_task(splits=(*HARBOR.splits, replace(DERIVED, of=None)))
    with pytest.raises(InvalidTaskError, match="its author writes them with: ilbench author contexts toys/h"):
        task.contexts("shift/x-1")


def test_a_preset_may_run_less_of_a_shift():
    less = Preset(num_contexts=2)
    preset = Preset(num_contexts=8, num_repeats=3, shift=less)
    assert (preset.of_split("test"), preset.of_split("shift/x")) == (preset, less)
    assert less.of_split("shift/x") == less


def test_a_missing_simulator_is_named_with_the_command_that_installs_it():
    task = toy_task(packages=("no-such-simulator",), extra="d3il")
    assert task.missing_package() == "no-such-simulator"
    for make in (task.make_env, task.make_expert):
        with pytest.raises(MissingPackageError, match=r"'no-such-simulator'.*pip install .*\[d3il\]'"):
            make()


def test_environments_and_experts_are_made_anew():
    first, second = HARBOR.make_env(), HARBOR.make_env()
    assert isinstance(first, HarborEnv)
    assert first is not second
    assert isinstance(HARBOR.make_expert(), Rower)


def test_an_expert_is_found_by_its_name_or_those_that_there_are_are_said():
    other = toy_task(alternative_experts={"other": "ilbench.testing.toys:Rower"})
    assert isinstance(other.make_expert("other"), Rower)
    with pytest.raises(
        UnknownNameError, match="no expert of toys/harbor-v1 named 'otter'; did you mean 'other'"
    ):
        other.make_expert("otter")
    with pytest.raises(UnknownNameError, match="no expert of toys/harbor-v1 named 'standard'"):
        toy_task(expert=None).make_expert()


def test_a_policy_is_told_fields_and_horizon_and_nothing_that_would_help_it_cheat():
    told = HARBOR.description()
    assert told.keys() == {"id", "summary", "horizon", "control_hz", "observation", "action", "modes"}
    assert list(told["observation"]) == ["state", "bearing"]


def test_only_a_task_that_goes_on_after_a_success_reports_the_last_step():
    assert not HARBOR.reports_final_success
    assert toy_task(stops_on_success=False).reports_final_success
    assert not toy_task(stops_on_success=False, success_rule="final").reports_final_success


def test_a_version_is_known_of_what_is_installed_alone():
    assert installed_version("numpy") is not None
    assert installed_version("no-such-simulator") is None


def test_a_task_has_every_preset():
    assert tuple(HARBOR.presets) == PRESETS
