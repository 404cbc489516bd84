"""Paths: what is a point in the space of states."""

from dataclasses import replace

import numpy as np
import pytest
from made_up import make_task

from ilbench.contract.fields import Field
from ilbench.demonstrations.paths import NoPathError, path_of

IMAGE = Field(name="image", shape=(4, 4, 3), dtype="uint8")


def zeros(task):
    return {f.name: np.zeros((3, *f.shape), f.dtype) for f in task.observation}


def test_a_path_is_made_of_the_real_vectors_alone():
    task = replace(make_task(), observation=(*make_task().observation, IMAGE))
    assert path_of(task, zeros(task)).shape == (3, 2)


def test_a_task_that_shows_images_alone_has_no_path():
    blind = replace(make_task(), observation=(IMAGE,))
    with pytest.raises(NoPathError, match="toy/reach-v1 shows no vector of real numbers"):
        path_of(blind, zeros(blind))
