"""A workspace with the interface of diffusion_policy's, and a policy with that of its low-dimensional ones.

The repository itself is in no package index. What is relied on is known from its code: a checkpoint is a
dictionary of ``cfg`` and ``state_dicts`` that torch saved with dill; ``cfg._target_`` names the workspace's
class; ``predict_action({"obs": (B, To, Do)})["action"]`` is (B, Ta, Da), drawn from torch's own generator.
"""

from __future__ import annotations

import copy

import torch


class LinearPolicy(torch.nn.Module):
    """Draws chunks around a linear function of the observed steps."""

    def __init__(self, cfg):
        super().__init__()
        self.linear = torch.nn.Linear(cfg.n_obs_steps * cfg.obs_dim, cfg.n_action_steps * cfg.action_dim)
        self.shape = cfg.n_action_steps, cfg.action_dim

    def reset(self):
        pass

    def predict_action(self, obs_dict):
        mean = self.linear(obs_dict["obs"].flatten(1)).unflatten(1, self.shape)
        return {"action": mean + 0.1 * torch.randn(mean.shape)}


class Workspace:
    """Holds a model, and where the training averaged it that average."""

    def __init__(self, cfg):
        self.cfg = cfg
        self.model = LinearPolicy(cfg)
        self.ema_model = copy.deepcopy(self.model) if cfg.training.use_ema else None

    def payload(self):
        named = {"model": self.model, "ema_model": self.ema_model}
        return {
            "cfg": self.cfg,
            "state_dicts": {name: one.state_dict() for name, one in named.items() if one is not None},
            "pickles": {},
        }

    def load_payload(self, payload, exclude_keys, include_keys):
        for name, state in payload["state_dicts"].items():
            getattr(self, name).load_state_dict(state)
