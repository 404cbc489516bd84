from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from ilbench.tasks.manipulation.robosuite.tasks import LIFT, STATE_TASKS

if LIFT.missing_package():
    pytest.skip("needs ilbench[manipulation]", allow_module_level=True)

from robosuite.utils import transform_utils

from ilbench.tasks.manipulation.robosuite.senses import Senses

BY_ID = {task.id: task for task in STATE_TASKS}
OF_THE_LIBRARY = ("can-v2", "square-v2", "tool-hang-v2", "transport-v2")
"""Whose observables robosuite computes by a linear-algebra library."""
STARTS = """
import sys
from ilbench.contract.registry import find_task
from ilbench.digest import array_digest
for name in sys.argv[1:]:
    task = find_task(name)
    env = task.make_env()
    for context in task.contexts("test")[:20]:
        print(array_digest(env.reset(options={"context": context})[0]["state"]))
"""


def senses_of(readings, *keys):
    """Returns the senses of a robosuite environment that shows these readings."""
    known = {name: SimpleNamespace(_sensor=lambda _, value=value: value) for name, value in readings.items()}
    return Senses(
        SimpleNamespace(_observables=known, sim=SimpleNamespace(data=SimpleNamespace(_data=None))), keys
    )


def poses(rng):
    """Returns positions and quaternions of a hand and a can, drawn."""
    quaternions = rng.normal(size=(2, 4))
    quaternions /= np.linalg.norm(quaternions, axis=1, keepdims=True)
    (hand, can), (turn, lie) = rng.normal(size=(2, 3)), quaternions
    return {"robot0_eef_pos": hand, "robot0_eef_quat": turn, "Can_pos": can, "Can_quat": lie}


def test_a_thing_before_a_turned_hand_is_seen_from_the_hand():
    half = np.sqrt(0.5)
    hand = {"robot0_eef_pos": np.array([1.0, 0.0, 0.0]), "robot0_eef_quat": np.array([0.0, 0.0, half, half])}
    can = {"Can_pos": np.array([1.0, 2.0, 0.5]), "Can_quat": np.array([0.0, 0.0, half, half])}
    keys = (*hand, *can, "Can_to_robot0_eef_pos", "Can_to_robot0_eef_quat")
    found = senses_of({**hand, **can}, *keys).read()
    np.testing.assert_allclose(found["Can_to_robot0_eef_pos"], [2.0, 0.0, 0.5], atol=1e-15)
    np.testing.assert_allclose(found["Can_to_robot0_eef_quat"], [0.0, 0.0, 0.0, 1.0], atol=1e-15)


@pytest.mark.parametrize("seed", range(20))
def test_a_pose_in_the_hands_frame_is_robosuites_with_its_sign(seed):
    known = poses(np.random.default_rng(seed))
    hand = transform_utils.pose2mat((known["robot0_eef_pos"], known["robot0_eef_quat"]))
    can = transform_utils.pose2mat((known["Can_pos"], known["Can_quat"]))
    position, turn = transform_utils.mat2pose(transform_utils.pose_inv(hand) @ can)
    found = senses_of(known, *known, "Can_to_robot0_eef_pos", "Can_to_robot0_eef_quat").read()
    np.testing.assert_allclose(found["Can_to_robot0_eef_pos"], position, atol=2e-6)
    np.testing.assert_allclose(found["Can_to_robot0_eef_quat"], turn, atol=2e-6)


@pytest.mark.slow
def test_a_start_has_the_same_bits_under_every_kernel_of_the_library():
    names = [f"robosuite/{name}" for name in OF_THE_LIBRARY]
    printed = [
        subprocess.run(
            [sys.executable, "-c", STARTS, *names],
            env={**os.environ, "OPENBLAS_CORETYPE": kernels},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for kernels in ("Prescott", "Sandybridge", "Haswell", "Zen")
    ]
    assert len(printed[0]) == 80
    assert all(starts == printed[0] for starts in printed)
