"""Exported programs, saved by torch: equal to the module itself, and the same in any lane."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from adapting import observed, records, told

from ilbench.guest.adapters.torch_export import Policy, draws, inputs_of

LOAD = "ilbench.guest.adapters.torch_export:Policy"


class OfFields(torch.nn.Module):
    """Takes both fields in one dictionary, as many a policy does."""

    def forward(self, fields):
        return {"speed": fields["state"][:, :1], "side": fields["bearing"][:, 1:] * 2.0 - 1.0}


@pytest.fixture(scope="module")
def saved(net, noisy, any_rows, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    both = {"state": torch.zeros(8, 2), "bearing": torch.zeros(8, 2, dtype=torch.uint8)}
    programs = {
        "net": torch.export.export(net, (torch.zeros(8, 2),), dynamic_shapes=any_rows),
        "single": torch.export.export(net, (torch.zeros(1, 2),)),
        "noisy": torch.export.export(noisy, (torch.zeros(8, 2),), dynamic_shapes=any_rows),
        "fields": torch.export.export(OfFields(), (both,)),
    }
    for name, program in programs.items():
        torch.export.save(program, folder / f"{name}.pt2")
    return lambda name, **said: {"path": str(folder / f"{name}.pt2"), "mapping": told(**said)}


@pytest.mark.parametrize("name", ["net", "single"])
def test_actions_are_those_of_the_module_on_a_thousand_observations(saved, net, name):
    policy = Policy(**saved(name))
    with torch.inference_mode():
        worst = max(
            np.abs(policy.act(one) - net(torch.from_numpy(one["state"])).numpy()).max() for one in observed()
        )
    assert worst <= 1e-6


@pytest.mark.parametrize("name", ["net", "single", "noisy"])
def test_records_do_not_depend_on_lanes(saved, name):
    assert records(LOAD, saved(name), 1) == records(LOAD, saved(name), 8)


def test_what_is_in_a_dictionary_is_fed_and_picked_by_its_key(saved):
    one = observed(8)[0]
    assert np.array_equal(Policy(**saved("fields")).act(one), one["state"][:, :1])
    sides = Policy(**saved("fields", output="side")).act(one)
    assert np.array_equal(sides, one["bearing"][:, 1:] * 2.0 - 1.0)


def test_a_program_says_its_inputs_and_the_rows_that_it_was_exported_for(saved):
    inputs, rows = inputs_of(torch.export.load(saved("single")["path"]))
    assert ([tuple(one) for one in inputs], rows) == ([("state", (2,), "float32")], 1)
    inputs, rows = inputs_of(torch.export.load(saved("fields")["path"]))
    assert ({one.name for one in inputs}, rows) == ({"state", "bearing"}, 8)


def test_a_program_that_draws_is_known(saved):
    assert [draws(torch.export.load(saved(name)["path"])) for name in ("net", "noisy")] == [False, True]
