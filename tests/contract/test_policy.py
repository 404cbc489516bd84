from __future__ import annotations

import numpy as np
import pytest

from ilbench.baselines.random_policy import RandomPolicy
from ilbench.contract.policy import DEFAULT_WIDTH, MAX_WIDTH, PLACES, BatchedPolicy, width_of
from ilbench.errors import InvalidSubmissionError


def test_the_width_that_published_runs_have_is_the_default():
    assert (DEFAULT_WIDTH, MAX_WIDTH) == (8, 1024)


def test_a_policy_runs_here_or_in_a_process_of_its_own():
    assert PLACES == ("inline", "process")


def test_a_policy_is_known_by_its_methods_alone():
    assert isinstance(RandomPolicy(), BatchedPolicy)
    assert not isinstance(lambda observation: 0, BatchedPolicy)


def with_width(width):
    return type("Policy", (), {"width": width})


@pytest.mark.parametrize("width", [1, 16, MAX_WIDTH, np.int64(16)])
def test_a_policy_is_as_wide_as_its_attribute_says_on_class_and_object(width):
    assert width_of(with_width(width)) == width_of(with_width(width)()) == width


@pytest.mark.parametrize("width", [None, "16", 16.0, True, property(lambda self: 16)])
def test_an_attribute_that_is_no_whole_number_says_nothing(width):
    assert width_of(with_width(width)) == DEFAULT_WIDTH


@pytest.mark.parametrize("width", [0, -8, MAX_WIDTH + 1])
def test_a_width_out_of_range_is_refused_by_its_name(width):
    with pytest.raises(InvalidSubmissionError, match=rf"'width' .* must be in \[1, 1024\], found {width}"):
        width_of(with_width(width))
