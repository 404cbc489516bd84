from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from ilbench.runner.global_state import kept_global_state


def draws():
    return random.random(), np.random.rand(), torch.rand(1).item()  # noqa: NPY002 - what is to be kept


def test_generators_go_on_as_if_nothing_had_been_drawn():
    random.seed(1), np.random.seed(1), torch.manual_seed(1)  # noqa: NPY002
    expected = draws()
    random.seed(1), np.random.seed(1), torch.manual_seed(1)  # noqa: NPY002
    with kept_global_state():
        draws()
    assert draws() == expected


def interrupted():
    with kept_global_state():
        assert torch.get_num_threads() == 1
        raise KeyboardInterrupt


def test_torch_has_one_thread_inside_and_its_own_number_after_an_interrupt():
    torch.set_num_threads(2)
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert torch.get_num_threads() == 2
