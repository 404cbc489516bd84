"""A plain torch loop: behavior cloning on Avoiding, scored every few hundred steps.

Run it after ``ilbench demos d3il/avoiding-v3 --count 24``.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

import ilbench

TASK = "d3il/avoiding-v3"


# glue: begin
class Policy:
    """The network as a policy of eight rows: one call a step, whatever the number of lanes."""

    def __init__(self, network: nn.Module) -> None:
        self.network, self.state_dict = network, network.state_dict

    def reset(self, lane: int, seed: int, task: Mapping[str, Any]) -> None:
        """Nothing is remembered between steps, and nothing is random."""

    @torch.inference_mode()
    def act(self, observations: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
        """Returns one action a row."""
        return self.network(torch.as_tensor(observations["state"])).numpy()
        # glue: end


def make_network() -> nn.Module:
    """Returns the untrained network: from the state to the change of the commanded position."""
    return nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2))


def train(steps: int = 1500, score_every: int = 500, num_demonstrations: int = 24) -> nn.Module:
    """Returns the network after `steps` steps; prints its success on the way."""
    torch.manual_seed(0)
    data = ilbench.load_demonstrations(TASK, count=num_demonstrations)
    observations, actions, _ = data.windows().arrays()
    seen, wanted = torch.as_tensor(observations["state"][:, 0]), torch.as_tensor(np.array(actions[:, 0]))
    scale = wanted.std(dim=0)
    network = make_network()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    for step in range(1, steps + 1):
        batch = torch.randint(len(seen), (256,))
        loss = (((network(seen[batch]) - wanted[batch]) / scale) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % score_every == 0:
            # glue: begin
            run = ilbench.run(Policy(network), task=TASK, split="test", repeats=16)
            success = ilbench.score(run)[TASK].splits["test"].success
            # glue: end
            sys.stdout.write(f"step {step}: loss {loss.item():.3f}, success {success.value:.2f}\n")
    return network


if __name__ == "__main__":
    train()
