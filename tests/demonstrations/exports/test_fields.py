"""What every export says of a task, and which of its fields are pictures."""

from __future__ import annotations

import pytest

from ilbench.contract.fields import Field
from ilbench.demonstrations import ensure_demonstrations
from ilbench.demonstrations.exports.fields import has_noise, is_image, provenance


@pytest.mark.parametrize(
    ("shape", "dtype", "expected"),
    [
        ((32, 32, 3), "uint8", True),
        ((31, 64, 3), "uint8", False),
        ((7, 7, 3), "uint8", False),
        ((64, 64, 4), "uint8", False),
        ((64, 64), "uint8", False),
        ((64, 64, 3), "float32", False),
    ],
)
def test_a_picture_has_three_channels_of_bytes_and_is_large_enough(shape, dtype, expected):
    assert is_image(Field(name="seen", shape=shape, dtype=dtype)) is expected


def test_noise_is_where_another_action_was_executed_than_wanted(task, tmp_path):
    quiet, noisy = (
        ensure_demonstrations(task, count=2, noise=noise, cache=tmp_path, workers=1) for noise in (0.0, 0.3)
    )
    assert (has_noise(quiet), has_noise(noisy)) == (False, True)


def test_the_provenance_names_task_state_and_content(task, tmp_path):
    ours = ensure_demonstrations(task, count=2, cache=tmp_path, workers=1)
    said = provenance(ours)
    assert (said["task"], said["spec_digest"], said["checksum"]) == (
        task.id,
        task.spec_digest(),
        ours.checksum,
    )
    assert said["fields"]["image"]["shape"] == [32, 32, 3]
