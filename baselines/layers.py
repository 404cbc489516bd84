"""Layers whose products NumPy computes: the same bits on every processor, and as fast as torch's own.

torch leaves matrix products to MKL, which promises equal results on processors of two vendors only for its
slowest code (``MKL_CBWR=COMPATIBLE``, two to four times the time of a training step), and convolutions to
oneDNN, which divides its work by the sizes of the caches. NumPy's OpenBLAS has kernels that are chosen by
name (`ilbench.arithmetic`) and divide it by constants of theirs.

All rows of a call are one product or, where a row is a picture or a maze of many cells, one product each. So
a row of the `DEFAULT_WIDTH` rows of a policy's call gives the same bits at any position beside any others: of
up to eight rows by measurement (`tests/baselines/test_layers.py`), of pictures by construction.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional


class _Product(torch.autograd.Function):
    """``inputs @ weight.T`` and its gradients."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(inputs, weight)
        return torch.from_numpy(np.matmul(inputs.detach().numpy(), weight.detach().numpy().T))

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor | None, Tensor | None]:
        inputs, weight = ctx.saved_tensors
        gradient = gradients[0].numpy()
        for_inputs = for_weight = None
        if ctx.needs_input_grad[0]:
            for_inputs = torch.from_numpy(np.matmul(gradient, weight.detach().numpy()))
        if ctx.needs_input_grad[1]:
            rows = inputs.detach().numpy().reshape(-1, weight.shape[1])
            for_weight = torch.from_numpy(gradient.reshape(-1, weight.shape[0]).T @ rows)
        return for_inputs, for_weight


def product(inputs: Tensor, weight: Tensor) -> Tensor:
    """Returns ``inputs @ weight.T``: ``(B, I)`` or ``(B, L, I)`` times ``(O, I)``, of float32 on the CPU."""
    result: Tensor = _Product.apply(inputs, weight)  # type: ignore[no-untyped-call]
    return result


class Linear(nn.Linear):
    """A linear layer; see the module."""

    def forward(self, features: Tensor) -> Tensor:
        """Returns ``(B, out_features)`` of ``(B, in_features)``; a third axis between them stays."""
        return product(features, self.weight) + self.bias


class Convolution(nn.Conv2d):
    """A convolution of pictures, as the product of their patches with the filters; see the module."""

    def forward(self, pictures: Tensor) -> Tensor:
        """Returns ``(B, out_channels, rows, columns)`` of ``(B, in_channels, H, W)``."""
        kernel, stride, padding = self.kernel_size, self.stride, cast("tuple[int, int]", self.padding)
        patches = functional.unfold(pictures, kernel, padding=padding, stride=stride).transpose(1, 2)
        maps = (product(patches, self.weight.flatten(1)) + cast("Tensor", self.bias)).transpose(1, 2)
        rows = (pictures.shape[2] + 2 * padding[0] - kernel[0]) // stride[0] + 1
        return maps.reshape(len(pictures), self.out_channels, rows, -1)


def mlp(sizes: tuple[int, ...]) -> nn.Sequential:
    """Returns linear layers of the given sizes, each followed by ReLU.

    ReLU and not SiLU or Mish, whose vector and scalar code round differently at an array's tail.
    """
    layers: list[nn.Module] = []
    for before, after in pairwise(sizes):
        layers += [Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers)
