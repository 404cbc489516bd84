"""What every export says of a task beside its arrays, and which of its fields are pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ilbench.contract.fields import Field
    from ilbench.demonstrations.load import Demonstrations

LEAST_IMAGE_SIDE = 32
"""Pixels on a side from which a uint8 array of three channels is a picture; below, a grid of symbols, which
no video and no convolution over colors should see. The baselines draw the line at the same place."""


def is_image(field: Field) -> bool:
    """Returns whether a field is a picture of shape ``(height, width, 3)``."""
    return (
        field.dtype == "uint8"
        and len(field.shape) == 3
        and field.shape[2] == 3
        and min(field.shape[:2]) >= LEAST_IMAGE_SIDE
    )


def has_noise(demonstrations: Demonstrations) -> bool:
    """Returns whether the expert wanted another action than was executed, at any step."""
    return any(not np.array_equal(t.actions, t.expert_actions) for t in demonstrations.trajectories)


def provenance(demonstrations: Demonstrations) -> dict[str, Any]:
    """Returns which demonstrations of which task these are, as plain JSON."""
    task = demonstrations.task
    return {
        "task": task.id,
        "spec_digest": task.spec_digest(),
        "checksum": demonstrations.checksum,
        "fields": {field.name: field.describe() for field in task.observation},
        "action": {"components": list(task.action.components), "num_actions": task.action.num_actions},
    }
