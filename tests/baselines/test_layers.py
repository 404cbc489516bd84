import numpy as np
import pytest
import torch
from torch.nn import functional

from ilbench.baselines.layers import Convolution, Linear, mlp, product
from ilbench.contract.policy import DEFAULT_WIDTH

SIZES = [*range(1, 20), 33, 39, 64, 100, 147, 192, 255, 256, 257, 512, 1000]


@pytest.mark.parametrize("outputs", [1, 2, 3, 5, 7, 8, 15, 16, 17, 33, 64, 192, 256, 512])
def test_a_row_of_a_call_has_the_same_bits_at_any_position_beside_any_others(outputs):
    rng = np.random.default_rng(outputs)
    for inputs in SIZES:
        layer = Linear(inputs, outputs)
        rows = torch.from_numpy(rng.standard_normal((DEFAULT_WIDTH, inputs), np.float32))
        expected = layer(rows)
        for shift in range(1, DEFAULT_WIDTH):
            assert torch.equal(layer(rows.roll(shift, 0)), expected.roll(shift, 0))
        others = torch.randn_like(rows)
        others[3] = rows[3]
        assert torch.equal(layer(others)[3], expected[3])


@pytest.mark.parametrize("offset", [1, 2, 3])
def test_unaligned_rows_have_the_same_bits(offset):
    layer, rows = Linear(147, 5), torch.randn(DEFAULT_WIDTH, 147)
    memory = torch.empty(rows.numel() + offset)[offset:].view(rows.shape)
    assert torch.equal(layer(memory.copy_(rows)), layer(rows))


@pytest.mark.parametrize("cells", [1, 7, 64, 100])
def test_a_maze_has_the_same_bits_beside_any_others(cells):
    layer, mazes = Linear(72, 64), torch.randn(DEFAULT_WIDTH, cells, 72)
    expected = layer(mazes)
    for shift in range(1, DEFAULT_WIDTH):
        assert torch.equal(layer(mazes.roll(shift, 0)), expected.roll(shift, 0))


@pytest.mark.parametrize("shape", [(6, 5), (2, 4, 5)])
def test_products_and_gradients_are_those_of_torch(shape):
    inputs = torch.randn(shape, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(3, 5, dtype=torch.float64, requires_grad=True)
    assert torch.allclose(product(inputs, weight), inputs @ weight.T)
    assert torch.autograd.gradcheck(product, (inputs, weight))


@pytest.mark.parametrize(("kernel", "stride", "padding"), [(4, 4, 0), (3, 2, 1), (3, 1, 1)])
@pytest.mark.parametrize("size", [(8, 8), (16, 12), (7, 9)])
def test_a_convolution_is_that_of_torch(kernel, stride, padding, size):
    layer, pictures = Convolution(3, 5, kernel, stride, padding), torch.randn(2, 3, *size)
    expected = functional.conv2d(pictures, layer.weight, layer.bias, stride, padding)
    assert torch.allclose(layer(pictures), expected, atol=1e-5)


def test_a_picture_has_the_same_bits_beside_any_others():
    layer, pictures = Convolution(3, 32, 4, 4), torch.randn(DEFAULT_WIDTH, 3, 64, 64)
    assert torch.equal(layer(pictures.roll(3, 0)), layer(pictures).roll(3, 0))


def test_what_needs_no_gradient_gets_none():
    weight = torch.randn(3, 5, requires_grad=True)
    product(torch.randn(4, 5), weight).sum().backward()
    assert weight.grad is not None
    assert weight.grad.shape == (3, 5)


def test_an_mlp_follows_each_layer_by_relu():
    network = mlp((4, 8, 8))
    assert [type(layer).__name__ for layer in network] == ["Linear", "ReLU", "Linear", "ReLU"]
    assert network(torch.randn(DEFAULT_WIDTH, 4)).min() == 0
