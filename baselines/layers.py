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
        gradient = gradients[0].contiguous().numpy()  # NumPy multiplies what is scattered without OpenBLAS
        for_inputs = for_weight = None
        if ctx.needs_input_grad[0]:
            for_inputs = torch.from_numpy(np.matmul(gradient, weight.detach().numpy()))
        if ctx.needs_input_grad[1]:
            rows = inputs.detach().numpy().reshape(-1, weight.shape[1])
            for_weight = torch.from_numpy(gradient.reshape(-1, weight.shape[0]).T @ rows)
        return for_inputs, for_weight


class _Filtering(torch.autograd.Function):
    """``weight @ patches`` of each picture, and its gradients."""

    @staticmethod
    def forward(ctx: Any, patches: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(patches, weight)
        return torch.from_numpy(np.matmul(weight.detach().numpy(), patches.detach().numpy()))

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor | None, Tensor | None]:
        patches, weight = ctx.saved_tensors
        gradient = gradients[0].contiguous().numpy()
        for_patches = for_weight = None
        if ctx.needs_input_grad[0]:
            for_patches = torch.from_numpy(np.matmul(weight.detach().numpy().T, gradient))
        if ctx.needs_input_grad[1]:
            each = np.matmul(gradient, patches.detach().numpy().transpose(0, 2, 1))
            for_weight = torch.from_numpy(each.sum(axis=0))
        return for_patches, for_weight


class _Matrices(torch.autograd.Function):
    """``first @ second`` of many small matrices, and its gradients."""

    @staticmethod
    def forward(ctx: Any, first: Tensor, second: Tensor) -> Tensor:
        ctx.save_for_backward(first, second)
        return torch.from_numpy(np.matmul(first.detach().numpy(), second.detach().numpy()))

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor, Tensor]:
        first, second = (saved.detach().numpy().swapaxes(-1, -2) for saved in ctx.saved_tensors)
        gradient = gradients[0].contiguous().numpy()
        return torch.from_numpy(np.matmul(gradient, second)), torch.from_numpy(np.matmul(first, gradient))


def product(inputs: Tensor, weight: Tensor) -> Tensor:
    """Returns ``inputs @ weight.T``: ``(B, I)`` or ``(B, L, I)`` times ``(O, I)``, of float32 on the CPU."""
    result: Tensor = _Product.apply(inputs, weight)  # type: ignore[no-untyped-call]
    return result


def matrix_products(first: Tensor, second: Tensor) -> Tensor:
    """Returns ``first @ second`` of the last two axes, one product for each index of those before.

    Both are contiguous, or a transpose of what is: NumPy would multiply anything else without OpenBLAS.
    """
    result: Tensor = _Matrices.apply(first, second)  # type: ignore[no-untyped-call]
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
        patches = functional.unfold(pictures, kernel, padding=padding, stride=stride)
        maps: Tensor = _Filtering.apply(patches, self.weight.flatten(1))  # type: ignore[no-untyped-call]
        rows = (pictures.shape[2] + 2 * padding[0] - kernel[0]) // stride[0] + 1
        maps = maps + cast("Tensor", self.bias).unsqueeze(1)
        return maps.view(len(pictures), self.out_channels, rows, -1)


def mlp(sizes: tuple[int, ...]) -> nn.Sequential:
    """Returns linear layers of the given sizes, each followed by ReLU.

    ReLU and not SiLU or Mish, whose vector and scalar code round differently at an array's tail.
    """
    layers: list[nn.Module] = []
    for before, after in pairwise(sizes):
        layers += [Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers)
