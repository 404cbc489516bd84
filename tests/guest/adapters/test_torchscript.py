"""TorchScript modules, saved by torch: equal to the module itself, and the same in any lane."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from adapting import observed, records, told

from ilbench.guest.adapters.mapping import MappingError
from ilbench.guest.adapters.torchscript import Policy

LOAD = "ilbench.guest.adapters.torchscript:Policy"
STATE = {"inputs": {"state": {"field": "state"}}}


class Counting(torch.nn.Module):
    """Counts its calls since `reset`, and goes as fast as that."""

    def __init__(self):
        super().__init__()
        self.register_buffer("count", torch.zeros(1))

    @torch.jit.export
    def reset(self):
        self.count.zero_()

    def forward(self, state):
        self.count += 1
        return self.count.expand(state.shape[0], 1) / 20


@pytest.fixture(scope="module")
def saved(net, noisy, tmp_path_factory):
    folder = tmp_path_factory.mktemp("torchscript")
    models = {"net": net, "noisy": noisy, "counting": Counting()}
    for name, model in models.items():
        torch.jit.script(model).save(str(folder / f"{name}.pt"))
    return lambda name: {"path": str(folder / f"{name}.pt"), "mapping": told()}


def test_actions_are_those_of_the_module_on_a_thousand_observations(saved, net):
    policy = Policy(**saved("net"))
    with torch.inference_mode():
        worst = max(
            np.abs(policy.act(one) - net(torch.from_numpy(one["state"])).numpy()).max() for one in observed()
        )
    assert worst <= 1e-6


@pytest.mark.parametrize("name", ["net", "noisy", "counting"])
def test_records_do_not_depend_on_lanes(saved, name):
    assert records(LOAD, saved(name), 1) == records(LOAD, saved(name), 8)


def test_a_module_with_reset_remembers_its_own_lane_alone(saved):
    policy = Policy(**saved("counting"))
    policy.reset(0, 1, {})
    policy.act(observed(8)[0])
    policy.reset(1, 1, {})
    assert policy.act(observed(8)[0])[:3, 0].tolist() == pytest.approx([0.1, 0.05, 0.0])


def test_what_is_drawn_follows_from_the_seed(saved):
    policy, one = Policy(**saved("noisy")), observed(8)[0]
    drawn = []
    for seed in (3, 3, 4):
        policy.reset(2, seed, {})
        drawn.append(policy.act(one)[2, 0])
    assert drawn[0] == drawn[1] != drawn[2]


def test_an_input_that_is_no_field_is_asked_for(tmp_path):
    class Other(torch.nn.Module):
        def forward(self, x):
            return x

    torch.jit.script(Other()).save(str(tmp_path / "other.pt"))
    with pytest.raises(MappingError, match=r"mapping.inputs.x = "):
        Policy(str(tmp_path / "other.pt"), told())
