"""Checkpoints in the layout of the diffusion_policy repository, which is in no package index."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from adapting import observed, told

from ilbench.guest.adapters.diffusion_policy import Policy, as_steps, inputs_of
from ilbench.guest.adapters.mapping import ModelInput

OBS = {"obs": {"field": "state"}}


class Settings(dict):
    """A configuration, whose entries are attributes too."""

    __getattr__ = dict.__getitem__


def test_a_low_dimensional_policy_has_one_input_of_so_many_steps():
    assert inputs_of(Settings(obs_dim=5), 2) == [ModelInput("obs", (2, 5), "float32")]
    assert inputs_of(Settings(obs_dim=5), 1) == [ModelInput("obs", (5,), "float32")]


def test_a_policy_of_pictures_has_those_that_its_task_names():
    shapes = {"obs": {"image": {"shape": [3, 96, 96]}, "agent_pos": {"shape": [2]}}}
    found = inputs_of(Settings(shape_meta=shapes), 2)
    assert found == [
        ModelInput("image", (2, 3, 96, 96), "float32"),
        ModelInput("agent_pos", (2, 2), "float32"),
    ]


def test_a_single_step_still_has_an_axis_of_its_own():
    assert as_steps(np.zeros((4, 5)), 1).shape == (4, 1, 5)
    assert as_steps(np.zeros((4, 2, 5)), 2).shape == (4, 2, 5)


@pytest.fixture
def checkpoint(tmp_path, monkeypatch):
    dill = pytest.importorskip("dill", reason="what the repository saves with")
    conf = pytest.importorskip("omegaconf", reason="what the repository is configured with")
    pytest.importorskip("hydra", reason="what the repository is configured with")
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "guests")
    from workspace import Workspace

    torch.manual_seed(0)
    config = {"_target_": "workspace.Workspace", "training": {"use_ema": True}, "shape_meta": None}
    sizes = {"n_obs_steps": 2, "n_action_steps": 4, "obs_dim": 2, "action_dim": 1}
    space = Workspace(conf.OmegaConf.create({**config, **sizes}))
    torch.save(space.payload(), tmp_path / "latest.ckpt", pickle_module=dill)
    return str(tmp_path / "latest.ckpt"), space.ema_model


def test_chunks_are_those_of_predict_action_drawn_from_the_seed_of_each_lane(checkpoint):
    path, theirs = checkpoint
    ours = Policy(path, told(inputs=OBS))
    assert ours.history == 2
    rows = {"state": np.stack([o["state"] for o in observed(16)], axis=1)}
    for lane in range(8):
        ours.reset(lane, 100 + lane, {})
    returned = ours.act(rows)
    for lane in range(8):
        torch.manual_seed(100 + lane)
        expected = theirs.predict_action({"obs": torch.from_numpy(rows["state"][lane : lane + 1])})["action"]
        assert np.array_equal(returned[lane], expected[0].detach().numpy())
