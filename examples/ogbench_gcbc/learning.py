"""Goal-conditioned cloning in one loop, every choice a setting: ours, OGBench's, what lies between."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from playing import Act, Floats
from torch import Tensor, nn
from torch.nn import functional

WIDTHS = (4, 512, 512, 512, 2)
WARMUP_STEPS = 200
AVERAGE_DECAY = 0.995
NUM_MEASURED = 20_000
"""Pairs of a step and a goal on which an error is measured, always the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How one policy is trained; the defaults are those of our baseline ``gcbc``.

    Attributes:
        steps: Gradient steps.
        batch_size: Pairs of a step and a goal, drawn with replacement.
        z_scored: Inputs and actions are centered and scaled; else meters and raw actions.
        gelu: GELU by its tanh formula (flax's) in place of ReLU.
        glorot: Weights uniform as in flax's ``variance_scaling(1, fan_avg)`` (0.01 in the last layer) and no
            biases, in place of torch's initial weights.
        decays: The rate warms up and falls to 0 as a cosine, else it is constant.
        regularized: Weight decay of 1e-4 and gradients clipped to norm 1, else plain Adam.
        discount: None to draw goals uniformly from the rest of the trajectory, else they are
            geometrically distant.
    """

    steps: int = 20_000
    batch_size: int = 256
    z_scored: bool = True
    gelu: bool = False
    glorot: bool = False
    decays: bool = True
    regularized: bool = True
    discount: float | None = None
    learning_rate: float = 3e-4


class Data(NamedTuple):
    """Positions and actions of trajectories of equal length, float32, each (trajectories, steps, 2)."""

    places: Tensor
    actions: Tensor

    def draw(
        self, size: int, generator: torch.Generator, discount: float | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Returns states, goals and actions, each (size, 2): goals come later in the same trajectory.

        The last step of a trajectory, after which there is none, is its own goal.
        """
        count, steps, _ = self.places.shape
        rows = torch.randint(count, (size,), generator=generator)
        now = torch.randint(steps, (size,), generator=generator)
        share = torch.rand(size, generator=generator, dtype=torch.float64)
        if discount is None:
            ahead = 1 + (share * (steps - 1 - now)).long()
        else:
            ahead = 1 + torch.floor(torch.log1p(-share) / math.log(discount)).long()
        later = torch.minimum(now + ahead, torch.tensor(steps - 1))
        return self.places[rows, now], self.places[rows, later], self.actions[rows, now]


class Actor(nn.Module):
    """The network between its fixed scales: from states and goals in meters to actions."""

    def __init__(self, setting: Setting, data: Data) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in pairwise(WIDTHS):
            layers += [nn.Linear(before, after), nn.GELU("tanh") if setting.gelu else nn.ReLU()]
        self.layers = nn.Sequential(*layers[:-1])
        if setting.glorot:
            _set_glorot(self.layers)
        ends = [
            torch.stack([values.flatten(0, 1).mean(dim=0), values.flatten(0, 1).std(dim=0)])
            if setting.z_scored
            else torch.tensor([[0.0, 0.0], [1.0, 1.0]])
            for values in data
        ]
        (self.place_mean, self.place_scale), (self.action_mean, self.action_scale) = ends

    def forward(self, states: Tensor, goals: Tensor) -> Tensor:
        """Returns actions in the network's own scale."""
        inputs = [(places - self.place_mean) / self.place_scale for places in (states, goals)]
        output: Tensor = self.layers(torch.cat(inputs, dim=1))
        return output

    def loss(self, states: Tensor, goals: Tensor, actions: Tensor) -> Tensor:
        """Returns the mean squared error in the network's own scale."""
        return functional.mse_loss(self(states, goals), (actions - self.action_mean) / self.action_scale)

    def actions(self, states: Tensor, goals: Tensor) -> Tensor:
        """Returns actions as the environment takes them."""
        return self(states, goals) * self.action_scale + self.action_mean


def train(setting: Setting, data: Data, seed: int, stops: Iterable[int]) -> Iterator[tuple[int, str, Actor]]:
    """Yields the network at each of the given steps: the step, ``"average"`` or ``"last"``, the network.

    It holds the moving average of its weights first, then its last weights, with which it trains on. Our
    baseline acts with the average, OGBench's with the last.
    """
    torch.manual_seed(seed)
    actor = Actor(setting, data)
    parameters = list(actor.parameters())
    average = [parameter.detach().clone() for parameter in parameters]
    optimizer = torch.optim.AdamW(
        parameters, lr=setting.learning_rate, weight_decay=1e-4 * setting.regularized, fused=True
    )
    generator = torch.Generator().manual_seed(seed)
    wanted = set(stops)
    for step in range(setting.steps):
        for group in optimizer.param_groups:
            group["lr"] = setting.learning_rate * (
                _share_of_rate(step, setting.steps) if setting.decays else 1
            )
        loss = actor.loss(*data.draw(setting.batch_size, generator, setting.discount))
        optimizer.zero_grad()
        loss.backward()
        if setting.regularized:
            nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        decay = min(AVERAGE_DECAY, (step + 1) / (step + 11))
        with torch.no_grad():
            for mean, parameter in zip(average, parameters, strict=True):
                mean.lerp_(parameter, 1 - decay)
        if step + 1 in wanted:
            present = [parameter.detach().clone() for parameter in parameters]
            _copy(average, parameters)
            yield step + 1, "average", actor
            _copy(present, parameters)
            yield step + 1, "last", actor


def error(act: Act, data: Data, discount: float | None = None) -> float:
    """Returns the mean squared error in raw actions on `NUM_MEASURED` pairs of the data."""
    pairs = data.draw(NUM_MEASURED, torch.Generator().manual_seed(0), discount)
    states, goals, actions = (values.numpy() for values in pairs)
    return float(np.square(act(states, goals) - actions).mean())


def acting(actor: Actor) -> Act:
    """Returns the network as a function of NumPy arrays."""

    @torch.inference_mode()
    def act(states: Floats, goals: Floats) -> Floats:
        values: Floats = actor.actions(torch.from_numpy(states), torch.from_numpy(goals)).numpy()
        return values

    return act


def _set_glorot(layers: nn.Sequential) -> None:
    linear = [layer for layer in layers if isinstance(layer, nn.Linear)]
    for layer in linear:
        nn.init.xavier_uniform_(layer.weight, gain=0.1 if layer is linear[-1] else 1.0)
        nn.init.zeros_(layer.bias)


def _share_of_rate(step: int, steps: int) -> float:
    if step < WARMUP_STEPS:
        return (step + 1) / WARMUP_STEPS
    return 0.5 * (1 + math.cos(math.pi * (step - WARMUP_STEPS) / max(steps - WARMUP_STEPS, 1)))


def _copy(values: list[Tensor], parameters: list[nn.Parameter]) -> None:
    for value, parameter in zip(values, parameters, strict=True):
        parameter.data.copy_(value)


def make_data(arrays: dict[str, Floats]) -> Data:
    """Returns OGBench's arrays, of trajectories of equal length, without each one's last row."""
    length = int(np.flatnonzero(arrays["terminals"])[0]) + 1
    places, actions = (
        torch.from_numpy(arrays[name].reshape(-1, length, 2)[:, :-1].copy())
        for name in ("observations", "actions")
    )
    return Data(places, actions)
