"""Small models of other libraries, each made and saved by that library."""

from __future__ import annotations

import pytest
import torch


class Net(torch.nn.Module):
    """Two layers from the toy task's state to its action."""

    def __init__(self):
        super().__init__()
        self.first, self.second = torch.nn.Linear(2, 16), torch.nn.Linear(16, 1)

    def forward(self, state):
        return torch.tanh(self.second(torch.tanh(self.first(state))))


class Noisy(Net):
    """Draws its actions around those of the two layers."""

    def forward(self, state):
        mean = torch.tanh(self.second(torch.tanh(self.first(state))))
        return mean + 0.1 * torch.randn_like(mean)


@pytest.fixture(scope="session")
def net():
    torch.manual_seed(0)
    return Net().eval()


@pytest.fixture(scope="session")
def noisy():
    torch.manual_seed(0)
    return Noisy().eval()


@pytest.fixture(scope="session")
def any_rows():
    """How torch is told that a model takes any number of rows."""
    return {"state": {0: torch.export.Dim("rows", min=1, max=1024)}}
