from __future__ import annotations

import json

import numpy as np
import pytest

from ilbench.contract.shipped import load_resource
from ilbench.importing import load_object
from ilbench.tasks.d3il import TASKS
from ilbench.tasks.d3il.contexts import NUM_TRAIN, Box, draw_contexts, drawn_apart
from ilbench.tasks.d3il.shifts import NUM_SHIFTED

BOX = Box(x=(0.4, 0.5), y=(-0.1, 0.1))


def draw(rng, severity):
    return {"objects": [BOX.draw(rng) if severity == 0 else BOX.draw_outside(rng, 0.01, 0.02)]}


@pytest.mark.parametrize(
    "task", [task for task in TASKS if task.contexts_of is None], ids=lambda task: task.id
)
def test_the_generator_gives_the_contexts_on_file(task):
    made = json.loads(json.dumps(load_object(task.make_contexts)()))
    assert made == load_resource(task.data, "contexts.json")


def test_a_pose_outside_leaves_the_box_by_more_than_the_inner_and_less_than_the_outer_margin():
    for seed in range(50):
        x, y, _ = BOX.draw_outside(np.random.default_rng(seed), 0.01, 0.02)
        beyond = max(BOX.x[0] - x, x - BOX.x[1], BOX.y[0] - y, y - BOX.y[1])
        assert 0.01 < beyond <= 0.02


def test_poses_that_cannot_be_apart_are_given_up():
    poses = iter([[[0.0, 0.0, 0.0], [0.05, 0.0, 0.0]], [[0.0, 0.0, 0.0], [0.2, 0.0, 0.0]]])
    assert drawn_apart(lambda: next(poses), 0.1)[1] == [0.2, 0.0, 0.0]
    with pytest.raises(RuntimeError, match=r"at least 0\.1 m apart"):
        drawn_apart(lambda: [[0.0, 0.0, 0.0], [0.05, 0.0, 0.0]], 0.1)


def test_as_many_contexts_are_drawn_as_the_splits_declare():
    made = draw_contexts(7, draw, test=40)
    assert (len(made["train"]), len(made["test"])) == (NUM_TRAIN, 40)
    assert len(made["shift/context-range-3"]) == NUM_SHIFTED


def test_contexts_of_test_that_are_given_are_taken_as_they_are():
    given = [{"objects": [[0.43553272, -0.18, 1.36]]}]
    assert draw_contexts(7, draw, test=given)["test"] == given
